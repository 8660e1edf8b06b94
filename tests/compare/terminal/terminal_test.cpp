#include "compare/terminal/terminal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>

#include "compare/report/report_text.hpp"
#include "posix/error.hpp"
#include "posix/unique_fd.hpp"
#include "rows.hpp"

namespace iomux::compare {
namespace {

// Sets or removes an environment variable, and restores it in the destructor.
class Variable {
public:
    Variable(const char* name, const char* value) : name_(name) {
        if (const char* before = std::getenv(name)) before_ = before;
        set(value);
    }
    ~Variable() { set(before_ ? before_->c_str() : nullptr); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

    void set(const char* value) {
        if (value != nullptr)
            ::setenv(name_, value, 1);
        else
            ::unsetenv(name_);
    }

private:
    const char* name_;
    std::optional<std::string> before_;
};

// Both ends of a pseudo-terminal without a window size.
struct PseudoTerminal {
    explicit PseudoTerminal(unsigned short columns) : master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        posix::check(::grantpt(master.get()), "grantpt");
        posix::check(::unlockpt(master.get()), "unlockpt");
        slave.reset(posix::check(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC), "open"));
        const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
        posix::check(::ioctl(master.get(), TIOCSWINSZ, &size), "TIOCSWINSZ");
    }
    posix::UniqueFd master;
    posix::UniqueFd slave;
};

class ATerminal : public testing::Test {
protected:
    ATerminal() { posix::check(::pipe(pipe_.data()), "pipe"); }
    ~ATerminal() override {
        ::close(pipe_[0]);
        ::close(pipe_[1]);
    }

    std::array<int, 2> pipe_{};
    Variable columns_{"COLUMNS", nullptr};
    Variable colour_{"NO_COLOR", nullptr};
    Variable kind_{"TERM", "xterm"};
};

TEST_F(ATerminal, HasTheWidthOfTheTerminal) {
    const PseudoTerminal terminal(42);
    columns_.set("80");
    EXPECT_EQ(terminal_at(terminal.slave.get()).width, 42u);
    EXPECT_EQ(terminal_at(terminal.slave.get()).style, Style::yes);
}

TEST_F(ATerminal, HasTheSameWidthWithoutColour) {
    const PseudoTerminal terminal(42);
    colour_.set("1");
    EXPECT_EQ(terminal_at(terminal.slave.get()).width, 42u);
    EXPECT_EQ(terminal_at(terminal.slave.get()).style, Style::no);
}

TEST_F(ATerminal, TakesItsWidthFromColumnsIfTheTerminalHasNone) {
    const PseudoTerminal terminal(0);
    columns_.set("80");
    EXPECT_EQ(terminal_at(terminal.slave.get()).width, 80u);
    EXPECT_EQ(terminal_at(pipe_[1]).width, 80u);
}

TEST_F(ATerminal, IsUnlimitedInAPipe) {
    EXPECT_EQ(terminal_at(pipe_[1]).width, Terminal::endless);
    EXPECT_EQ(terminal_at(pipe_[1]).style, Style::no);
}

TEST_F(ATerminal, IsUnlimitedIfColumnsIsNotANumber) {
    for (const char* odd : {"", "0", "-1", "80x", "99999999999999999999999"}) {
        columns_.set(odd);
        EXPECT_EQ(terminal_at(pipe_[1]).width, Terminal::endless) << odd;
    }
}

TEST(Prose, IsBrokenBetweenWordsIfALineIsTooWide) {
    EXPECT_EQ(wrap_paragraph("± µs × µs\nof ten\n", {Style::no, 6}), "± µs ×\nµs\nof ten\n");
}

TEST(Prose, KeepsAWordThatIsWiderThanTheTerminal) {
    EXPECT_EQ(wrap_paragraph("epoll_edge and poll", {Style::no, 6}), "epoll_edge\nand\npoll\n");
}

TEST(Prose, KeepsLinesOfAReadableWidth) {
    const std::string word(70, 'x');
    EXPECT_EQ(wrap_paragraph(word + " " + word, {}), word + "\n" + word + "\n");
    EXPECT_EQ(wrap_paragraph("", {}), "");
}

std::size_t widest_line(const std::string& text) {
    std::size_t widest = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) widest = std::max(widest, columns_of(line));
    return widest;
}

ServerResult known_row(const char* name) {
    ServerResult one = row(name, {1000, 1100, 1200, 1000, 1100, 1200, 1100});
    one.spec.options = {"--threads", "2"};
    return one;
}

class AReport : public testing::TestWithParam<std::size_t> {
protected:
    const Terminal terminal_{Style::no, GetParam()};
    const std::vector<ServerResult> rows_{known_row("minimal"), known_row("epoll"), failed("poll")};
};

INSTANTIATE_TEST_SUITE_P(Columns, AReport, testing::Values(40, 80, 120), testing::PrintToStringParamName());

TEST_P(AReport, OfAScenarioFits) {
    const Experiment scenario =
        experiment({rows_, rows_, rows_, rows_, rows_, rows_, rows_, rows_}, {Figure::cpu, Figure::rate, Figure::p99});
    const std::string text = text_report(scenario, {}, terminal_);
    EXPECT_LE(widest_line(text), GetParam()) << text;
    EXPECT_NE(text.find("8 connections"), std::string::npos) << text;
    EXPECT_NE(text.find(fmt::format("split to fit {} columns", GetParam())), std::string::npos) << text;
}

TEST_P(AReport, OfASingleComparisonFits) {
    Experiment single = experiment({rows_});
    single.name = single_comparison;
    const std::string text = text_report(single, {}, terminal_);
    EXPECT_LE(widest_line(text), GetParam()) << text;
    EXPECT_NE(text.find("KiB/conn"), std::string::npos) << text;
    EXPECT_EQ(text.find("split to fit") == std::string::npos, GetParam() == 120) << text;
}

TEST_P(AReport, OfTheMechanismsFits) {
    MonitorResult result;
    for (const std::size_t descriptors : {10, 100, 1000, 10000})
        result.points.push_back({descriptors, {{"select", 1000.25, Interval{990.25, 1010.25}, ""}}});
    EXPECT_LE(widest_line(text_report(Results{.monitor = result}, terminal_)), GetParam());
}

TEST_P(AReport, OfClaimsFits) {
    const Claim claim{.id = "one",
                      .statement = "Some say that it is so, and others say in so many words that it is not so.",
                      .experiment = "What was tried was tried with great care and for a long time, 3 × 4 µs.",
                      .figures = {{"what was found with care", 3, "µs"}, {"and what was not", 4, "µs"}}};
    EXPECT_LE(widest_line(text_report(Results{.claims = {claim}}, terminal_)), GetParam());
}

}  // namespace
}  // namespace iomux::compare
