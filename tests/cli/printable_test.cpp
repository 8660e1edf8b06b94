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

// Each character of other languages that is the first or the last of its length.
constexpr const char* ends_of_utf8 =
    "\xc2\xa0 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbd \xf0\x90\x80\x80 \xf4\x8f\xbf\xbd";

TEST(WellFormedText, KeepsCharactersOfEveryLanguageAndTheBackslash) {
    for (const char* text : {"", "caf\u00e9 \\x \u65e5\u672c \U0001f600", ends_of_utf8}) {
        EXPECT_EQ(well_formed_text(text), text);
        EXPECT_EQ(well_formed_line(text), text);
        EXPECT_EQ(excerpt(text), text);
    }
}

TEST(WellFormedText, EscapesBytesThatAreNotUtf8) {
    EXPECT_EQ(well_formed_text("caf\xe9 au lait"), "caf\\xe9 au lait");
    EXPECT_EQ(well_formed_text("\x80"), "\\x80") << "without a first byte";
    EXPECT_EQ(well_formed_text("\xe6\x97"), "\\xe6\\x97") << "cut";
    EXPECT_EQ(well_formed_text("\xe6\x97z"), "\\xe6\\x97z") << "interrupted";
    EXPECT_EQ(well_formed_text("\xc0\xaf"), "\\xc0\\xaf") << "longer than necessary";
    EXPECT_EQ(well_formed_text("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf") << "longer than necessary";
    EXPECT_EQ(well_formed_text("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
    EXPECT_EQ(well_formed_text("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
    EXPECT_EQ(well_formed_text("\xff\xfe"), "\\xff\\xfe");
}

TEST(WellFormedText, EscapesWhatXmlAndTerminalsDoNotTake) {
    EXPECT_EQ(well_formed_text("\x1b[2J\x7f\b"), "\\x1b[2J\\x7f\\x08");
    EXPECT_EQ(well_formed_text("\u009b2J"), "\\xc2\\x9b2J");
    EXPECT_EQ(well_formed_text("\xef\xbf\xbe\xef\xbf\xbf"), "\\xef\\xbf\\xbe\\xef\\xbf\\xbf");
    EXPECT_EQ(well_formed_text(std::string_view("\0", 1)), "\\x00");
}

TEST(WellFormedText, EscapesWhatChangesTheDirectionOfText) {
    EXPECT_EQ(well_formed_text("a\u202eb\u2066c\u2069"), "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6c\\xe2\\x81\\xa9");
    for (const char* character : {"\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202d", "\u2067"})
        EXPECT_EQ(well_formed_line(character).find("\\x"), 0u) << character;
    for (const char* kept : {"\u2013", "\u2027", "\u202f", "\u2065", "\u206a", "\u05d0"})
        EXPECT_EQ(well_formed_line(kept), kept);
}

TEST(WellFormedText, KeepsItsLines) { EXPECT_EQ(well_formed_text("a\r\n\tb\n"), "a\r\n\tb\n"); }

TEST(AWellFormedLine, HasNoLineFeedAndIsNotEscapedTwice) {
    EXPECT_EQ(well_formed_line("a\r\n\tb\xff"), "a\\r\\n\\tb\\xff");
    EXPECT_EQ(well_formed_line("a\\r\\n\\tb\\xff"), "a\\r\\n\\tb\\xff");
}

TEST(AnExcerpt, EndsBetweenCharacters) {
    EXPECT_EQ(excerpt(std::string(120, 'x')), std::string(120, 'x'));
    EXPECT_EQ(excerpt(std::string(121, 'x')), std::string(120, 'x') + "...");
    EXPECT_EQ(excerpt(std::string(119, 'x') + "\u00e9y"), std::string(119, 'x') + "\u00e9...");
    EXPECT_EQ(excerpt("\n" + std::string(200, 'x')), "\\n" + std::string(119, 'x') + "...");
}

}  // namespace
}  // namespace iomux::cli
