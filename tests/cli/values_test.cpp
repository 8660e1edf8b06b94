#include "cli/values.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>

#include "cli/program.hpp"

namespace iomux::cli {
namespace {

using namespace std::chrono_literals;

TEST(AWholeNumber, IsTakenWithinItsBounds) {
    EXPECT_EQ(parse_whole("0", 0, 65535), 0u);
    EXPECT_EQ(parse_whole("65535", 0, 65535), 65535u);
}

TEST(AWholeNumber, IsRefusedOutsideItsBounds) {
    EXPECT_THROW(parse_whole("65536", 0, 65535), std::invalid_argument);
    EXPECT_THROW(parse_whole("0", 1, 10), std::invalid_argument);
    EXPECT_THROW(parse_whole("99999999999999999999", 0, UINT64_MAX), std::invalid_argument);
}

TEST(AWholeNumber, IsNotNegativeNorFollowedByAnything) {
    for (const char* text : {"-1", "", " 1", "1 ", "1x", "x", "0x10", "1.0"})
        EXPECT_THROW(parse_whole(text, 0, 100), std::invalid_argument) << text;
}

TEST(ASize, HasUnitsOfPowersOf1024) {
    EXPECT_EQ(parse_size("100").bytes, 100u);
    EXPECT_EQ(parse_size("64K").bytes, 65536u);
    EXPECT_EQ(parse_size("1M").bytes, 1048576u);
    EXPECT_EQ(parse_size("2G").bytes, 2147483648u);
}

TEST(ASize, MayHaveItsUnitSpeltOut) {
    EXPECT_EQ(parse_size("100B").bytes, 100u);
    EXPECT_EQ(parse_size("64KiB").bytes, 65536u);
    EXPECT_EQ(parse_size("1MiB").bytes, 1048576u);
    EXPECT_EQ(parse_size("2GiB").bytes, 2147483648u);
}

TEST(ASize, MayHaveItsUnitInLowerCase) {
    EXPECT_EQ(parse_size("100b").bytes, 100u);
    EXPECT_EQ(parse_size("1k").bytes, 1024u);
    EXPECT_EQ(parse_size("64kib").bytes, 65536u);
    EXPECT_EQ(parse_size("1m").bytes, 1048576u);
    EXPECT_EQ(parse_size("2gib").bytes, 2147483648u);
}

TEST(ASize, ThatIsRefusedGetsAnErrorThatListsTheUnits) {
    try {
        parse_size("1T");
        FAIL();
    } catch (const std::invalid_argument& error) {
        EXPECT_STREQ(
            error.what(),
            "expected a size in bytes such as 65536, 64K or 1M; K, M and G (also KiB, MiB, GiB) are powers of 1,024");
    }
}

TEST(AList, HasNoEmptyEntry) {
    EXPECT_EQ(split_list("--list", "a"), std::vector<std::string>{"a"});
    EXPECT_EQ(split_list("--list", "a,b c"), (std::vector<std::string>{"a", "b c"}));
    for (const char* text : {"", ",", "a,", ",a", "a,,b"}) EXPECT_THROW(split_list("--list", text), UsageError) << text;
}

TEST(ASize, ThatOverflowsOrHasAnotherUnitIsRefused) {
    for (const char* text : {"18446744073709551615G", "1T", "1kb", "K", "-1", "", "1iB", "1KB", "1BiB", "B"})
        EXPECT_THROW(parse_size(text), std::invalid_argument) << text;
}

TEST(ADuration, IsInSecondsUnlessItSaysOtherwise) {
    EXPECT_EQ(parse_duration("5").time, 5s);
    EXPECT_EQ(parse_duration("0.5").time, 500ms);
    EXPECT_EQ(parse_duration("250ms").time, 250ms);
    EXPECT_EQ(parse_duration("20us").time, 20us);
    EXPECT_EQ(parse_duration("300ns").time, 300ns);
    EXPECT_EQ(parse_duration("2m").time, 120s);
}

TEST(ADuration, ThatIsNoneIsRefused) {
    for (const char* text : {"-1", "s", "1h", "", "nan", "inf", "1e300"})
        EXPECT_THROW(parse_duration(text), std::invalid_argument) << text;
}

TEST(AShare, IsInHundredths) {
    EXPECT_EQ(parse_share("2%").of_one, 0.02);
    EXPECT_EQ(parse_share("100%").of_one, 1);
}

TEST(AShare, ThatIsNoneIsRefused) {
    for (const char* text : {"2", "0%", "-1%", "101%", "", "%", "nan%", "2%%"})
        EXPECT_THROW(parse_share(text), std::invalid_argument) << text;
}

template <class Value>
std::string printed(Value value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

TEST(AValue, IsPrintedAsItIsTyped) {
    EXPECT_EQ(printed(Size{65536}), "64K");
    EXPECT_EQ(printed(Size{1048576}), "1M");
    EXPECT_EQ(printed(Size{100}), "100");
    EXPECT_EQ(printed(Duration{5s}), "5s");
    EXPECT_EQ(printed(Duration{200ms}), "200ms");
    EXPECT_EQ(printed(Share{0.02}), "2%");
}

}  // namespace
}  // namespace iomux::cli
