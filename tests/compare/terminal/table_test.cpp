#include "compare/terminal/table.hpp"

#include <gtest/gtest.h>

namespace iomux::compare {
namespace {

TEST(Table, AlignsNamesLeftAndFiguresRight) {
    Table table({"server", "msgs/s"});
    table.add({"poll", "7"});
    table.add({"callbacks", "1,234,567"});
    EXPECT_EQ(table.text(Table::Style::no),
              "server        msgs/s\n"
              "poll               7\n"
              "callbacks  1,234,567\n");
}

TEST(Table, CountsALetterOfTwoBytesAsOneColumn) {
    Table table({"server", "µs"});
    table.add({"poll", "12"});
    EXPECT_EQ(table.text(Table::Style::no), "server  µs\npoll    12\n");
}

TEST(Table, ShowsARemarkAcrossTheColumnsOfFigures) {
    Table table({"server", "µs"});
    table.add({"poll", "12"});
    table.add_remark("epoll", "failed: killed by SIGSEGV", Table::RemarkStyle::alarming);
    EXPECT_EQ(table.text(Table::Style::no), "server  µs\npoll    12\nepoll   failed: killed by SIGSEGV\n");
}

TEST(Table, HasNoEscapeSequencesWithoutEmphasis) {
    Table table({"server", "µs"});
    table.add_remark("epoll", "skipped", Table::RemarkStyle::quiet);
    EXPECT_EQ(table.text(Table::Style::no).find('\033'), std::string::npos);
}

TEST(Table, AlignsAlikeWithEmphasis) {
    Table table({"server", "µs"});
    table.add({"poll", "12"});
    EXPECT_EQ(table.text(Table::Style::yes), "\033[1mserver  µs\033[0m\npoll    12\n");
}

// 10 + (2 + 12) + 3 × (2 + 13) = 69 columns.
Table wide_table() {
    Table table({"CPU µs/msg", "1 connection", "2 connections", "3 connections", "4 connections"});
    table.add({"epoll", "10.0 µs", "1.00 ±0.01 =", "12 × 34 ±5", "µµµµµµµµµµµµµ"});
    table.add_remark("poll", "failed: killed by SIGSEGV in round 3 of 10", Table::RemarkStyle::alarming);
    return table;
}

TEST(Table, FitsATerminalOfItsOwnWidth) {
    EXPECT_EQ(wide_table().text({Style::no, 69}), wide_table().text({}));
    EXPECT_TRUE(wide_table().fits({Style::no, 69}));
    EXPECT_FALSE(wide_table().fits({Style::no, 68}));
}

TEST(Table, IsSplitIntoBlocksThatRepeatTheNames) {
    EXPECT_EQ(wide_table().text({Style::no, 41}),
              "CPU µs/msg  1 connection  2 connections\n"
              "epoll            10.0 µs   1.00 ±0.01 =\n"
              "poll        failed: killed by SIGSEGV in\n"
              "    round 3 of 10\n"
              "\n"
              "CPU µs/msg  3 connections  4 connections\n"
              "epoll          12 × 34 ±5  µµµµµµµµµµµµµ\n");
}

TEST(Table, HasAFigureInEachBlockHoweverNarrowTheTerminal) {
    EXPECT_EQ(wide_table().text({Style::no, 3}),
              "CPU µs/msg  1 connection\n"
              "epoll            10.0 µs\n"
              "poll        failed:\n"
              "    killed\n    by\n    SIGSEGV\n    in\n    round\n    3\n    of\n    10\n"
              "\n"
              "CPU µs/msg  2 connections\n"
              "epoll        1.00 ±0.01 =\n"
              "\n"
              "CPU µs/msg  3 connections\n"
              "epoll          12 × 34 ±5\n"
              "\n"
              "CPU µs/msg  4 connections\n"
              "epoll       µµµµµµµµµµµµµ\n");
}

TEST(Table, IsSplitAlikeWithEmphasis) {
    Table table({"server", "µs", "×"});
    table.add({"poll", "12", "1"});
    EXPECT_EQ(table.text({Style::yes, 11}),
              "\033[1mserver  µs\033[0m\npoll    12\n\n\033[1mserver  ×\033[0m\npoll    1\n");
}

TEST(Grouped, PutsACommaBetweenThousands) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1000), "1,000");
    EXPECT_EQ(grouped(123456.4), "123,456");
    EXPECT_EQ(grouped(1234567), "1,234,567");
    EXPECT_EQ(grouped(-123456), "-123,456");
    EXPECT_EQ(grouped(12254.84, 1), "12,254.8");
    EXPECT_EQ(grouped(-1234.5, 2), "-1,234.50");
    EXPECT_EQ(grouped(999.96, 1), "1,000.0");
}

TEST(ATable, EscapesWhatMovesTheCursorOrIsNotUtf8) {
    Table table({"server", "figure"});
    table.add({"caf\xe9\x1b[2J", "1"});
    table.add_remark("a\nb", "failed: \x07", Table::RemarkStyle::quiet);
    EXPECT_EQ(table.text({}),
              "server          figure\n"
              "caf\\xe9\\x1b[2J       1\n"
              "a\\nb            failed: \\x07\n");
}

}  // namespace
}  // namespace iomux::compare
