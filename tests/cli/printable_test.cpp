#include "cli/printable.hpp"

#include <gtest/gtest.h>

namespace iomux::cli {
namespace {

TEST(Printable, LeavesTextAsItIs) { EXPECT_EQ(printable("hi_suffix, ~ and 1"), "hi_suffix, ~ and 1"); }
TEST(Printable, EscapesWhatMovesTheCursor) { EXPECT_EQ(printable("a\r\n\tb"), "a\\r\\n\\tb"); }
TEST(Printable, EscapesTerminalSequences) { EXPECT_EQ(printable("\x1b[31m\x7f"), "\\x1b[31m\\x7f"); }
TEST(Printable, EscapesBytesThatAreNotAscii) { EXPECT_EQ(printable("\xff\x80"), "\\xff\\x80"); }
TEST(Printable, EscapesTheEscape) { EXPECT_EQ(printable("\\n"), "\\\\n"); }
TEST(Printable, EscapesAZeroByte) { EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00"); }

}  // namespace
}  // namespace iomux::cli
