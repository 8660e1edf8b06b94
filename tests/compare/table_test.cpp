#include "compare/table.hpp"

#include <gtest/gtest.h>

namespace iomux::compare {
namespace {

TEST(Table, AlignsNamesLeftAndFiguresRight) {
    Table table({"server", "msgs/s"});
    table.add({"poll", "7"});
    table.add({"callbacks", "1,234,567"});
    EXPECT_EQ(table.text(Table::Emphasis::no),
              "server        msgs/s\n"
              "poll               7\n"
              "callbacks  1,234,567\n");
}

TEST(Table, CountsALetterOfTwoBytesAsOneColumn) {
    Table table({"server", "µs"});
    table.add({"poll", "12"});
    EXPECT_EQ(table.text(Table::Emphasis::no), "server  µs\npoll    12\n");
}

TEST(Table, LetsARemarkRunOverTheColumnsOfFigures) {
    Table table({"server", "µs"});
    table.add({"poll", "12"});
    table.add_remark("epoll", "failed: killed by SIGSEGV", Table::Tone::alarming);
    EXPECT_EQ(table.text(Table::Emphasis::no), "server  µs\npoll    12\nepoll   failed: killed by SIGSEGV\n");
}

TEST(Table, HasNoEscapeSequencesWithoutEmphasis) {
    Table table({"server", "µs"});
    table.add_remark("epoll", "skipped", Table::Tone::quiet);
    EXPECT_EQ(table.text(Table::Emphasis::no).find('\033'), std::string::npos);
}

TEST(Table, AlignsAlikeWithEmphasis) {
    Table table({"server", "µs"});
    table.add({"poll", "12"});
    EXPECT_EQ(table.text(Table::Emphasis::yes), "\033[1mserver  µs\033[0m\npoll    12\n");
}

TEST(Grouped, PutsACommaBetweenThousands) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1000), "1,000");
    EXPECT_EQ(grouped(123456.4), "123,456");
    EXPECT_EQ(grouped(1234567), "1,234,567");
    EXPECT_EQ(grouped(-123456), "-123,456");
}

}  // namespace
}  // namespace iomux::compare
