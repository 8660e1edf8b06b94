#include "client/printable.hpp"

#include <gtest/gtest.h>

namespace iomux::client {
namespace {

std::string printed(std::string_view text) { return printable(protocol::as_bytes(text)); }

TEST(Printable, LeavesTextAsItIs) { EXPECT_EQ(printed("hi_suffix, ~ and 1"), "hi_suffix, ~ and 1"); }
TEST(Printable, EscapesWhatMovesTheCursor) { EXPECT_EQ(printed("a\r\n\tb"), "a\\r\\n\\tb"); }
TEST(Printable, EscapesTerminalSequences) { EXPECT_EQ(printed("\x1b[31m\x7f"), "\\x1b[31m\\x7f"); }
TEST(Printable, EscapesBytesThatAreNotAscii) { EXPECT_EQ(printed("\xff\x80"), "\\xff\\x80"); }
TEST(Printable, EscapesTheEscape) { EXPECT_EQ(printed("\\n"), "\\\\n"); }
TEST(Printable, EscapesAZeroByte) { EXPECT_EQ(printed(std::string_view("\0", 1)), "\\x00"); }

}  // namespace
}  // namespace iomux::client
