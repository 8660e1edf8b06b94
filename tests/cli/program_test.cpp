#include "cli/program.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/program_options.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "cli/service_options.hpp"
#include "cli/values.hpp"

namespace iomux::cli {
namespace {

namespace po = boost::program_options;

enum class Colour { red, green };
constexpr std::array<std::string_view, 2> colour_names{"red", "green"};

std::optional<Colour> colour_named(std::string_view name) {
    if (name == "red") return Colour::red;
    if (name == "green") return Colour::green;
    return std::nullopt;
}

po::options_description described_options() {
    po::options_description options;
    auto add = options.add_options();
    add("connections", po::value<Count>());
    add("message", po::value<std::string>());
    add("colour", po::value<std::string>()->default_value("red"));
    add("udp", "");
    add_information_options(options);
    return options;
}

po::variables_map parse(std::vector<const char*> words, const po::positional_options_description& positional = {}) {
    words.insert(words.begin(), "program");
    return parse_options(static_cast<int>(words.size()), words.data(), described_options(), positional);
}

template <class Action>
std::string refusal_of(Action action) {
    try {
        action();
    } catch (const UsageError& refusal) {
        return refusal.what();
    }
    return "accepted";
}

std::string refusal_of_words(const std::vector<const char*>& words) {
    return refusal_of([&] { parse(words); });
}

TEST(AnUnknownOption, IsReportedWithTheNearestOne) {
    EXPECT_EQ(refusal_of_words({"--conections", "5"}), "unknown option --conections; did you mean --connections?");
    EXPECT_EQ(refusal_of_words({"--conections=5"}), "unknown option --conections; did you mean --connections?");
    EXPECT_EQ(refusal_of_words({"-upd"}), "unknown option -upd; did you mean --udp?");
}

TEST(AnUnknownOption, IsReportedAloneIfNoneIsClose) {
    EXPECT_EQ(refusal_of_words({"--telepathy"}), "unknown option --telepathy");
    EXPECT_EQ(refusal_of_words({"-x"}), "unknown option -x");
    EXPECT_EQ(refusal_of_words({"-5"}), "unknown option -5");
}

TEST(AnUnknownOption, IsReportedWithTheNameThatOtherProgramsUse) {
    po::options_description options;
    options.add_options()("seconds", po::value<Duration>());
    const std::vector<const char*> words{"program", "--duration=5"};
    EXPECT_EQ(refusal_of([&] { parse_options(static_cast<int>(words.size()), words.data(), options, {}); }),
              "unknown option --duration; did you mean --seconds?");
}

TEST(AnUnknownOption, IsPrintable) { EXPECT_EQ(refusal_of_words({"--\x1b[2J"}), "unknown option --\\x1b[2J"); }

TEST(AnUnknownOption, IsCut) {
    EXPECT_EQ(refusal_of_words({("--" + std::string(200, 'x')).c_str()}),
              "unknown option --" + std::string(118, 'x') + "...");
}

TEST(AnOption, CannotBeAbbreviated) { EXPECT_EQ(refusal_of_words({"--conn=5"}), "unknown option --conn"); }

TEST(AnOptionsValue, IsReportedWithWhatIsAllowed) {
    EXPECT_EQ(refusal_of_words({"--connections", "0"}),
              "--connections 0: expected a whole number from 1 to 1000000000");
    EXPECT_EQ(refusal_of_words({"--connections", ""}),
              "--connections \"\": expected a whole number from 1 to 1000000000");
    EXPECT_EQ(refusal_of_words({"--connections", "\x1b[2J\n\xff"}),
              "--connections \\x1b[2J\\n\\xff: expected a whole number from 1 to 1000000000");
}

TEST(AnOptionsValue, IsReportedIfItIsMissingOrNotTaken) {
    EXPECT_EQ(refusal_of_words({"--connections"}), "--connections requires a value");
    EXPECT_EQ(refusal_of_words({"--connections="}), "--connections requires a value");
    EXPECT_EQ(refusal_of_words({"--udp=5"}), "--udp takes no value");
}

TEST(AnOptionsValue, IsReportedWithTheAllowedNames) {
    const auto refusal = [](const char* name) {
        const po::variables_map values = parse({"--colour", name});
        return refusal_of([&] { named(values, "colour", &colour_named, colour_names); });
    };
    EXPECT_EQ(refusal("gren"), "--colour gren: not one of red, green; did you mean \"green\"?");
    EXPECT_EQ(refusal("blue"), "--colour blue: not one of red, green");
    EXPECT_EQ(refusal("green"), "accepted");
}

TEST(Help, HasAShortNameAndABareWord) {
    for (const char* word : {"--help", "-h", "help"}) EXPECT_EQ(parse({word}).count("help"), 1u) << word;
    EXPECT_EQ(parse({"--udp", "-h"}).count("help"), 1u);
}

TEST(Help, IsAnOrdinaryWordElsewhere) {
    EXPECT_EQ(parse({"--message", "help"})["message"].as<std::string>(), "help");
    EXPECT_EQ(refusal_of_words({"help", "--udp"}),
              "unexpected argument \"help\": there are only options; did you mean --help?");
}

TEST(Version, HasAShortName) {
    for (const char* word : {"--version", "-V"}) EXPECT_EQ(parse({word}).count("version"), 1u) << word;
}

TEST(Arguments, AreNamedIfThereAreTooMany) {
    po::positional_options_description one;
    one.add("message", 1);
    EXPECT_EQ(refusal_of([&] {
                  parse({"hi", "--udp", "there"}, one);
              }),
              "unexpected argument \"there\": at most 1 is allowed besides options");
    EXPECT_EQ(refusal_of_words({"hi"}), "unexpected argument \"hi\": there are only options");
    EXPECT_EQ(refusal_of_words({"\x1b[2J"}), "unexpected argument \"\\x1b[2J\": there are only options");
}

TEST(Arguments, ThatAreOptionsWithoutDashesAreReportedWithTheOption) {
    EXPECT_EQ(refusal_of_words({"conections", "5"}),
              "unexpected argument \"conections\": there are only options; did you mean --connections?");
}

TEST(Arguments, CannotBeGivenAsAnOption) {
    po::options_description options;
    options.add_options()(arguments, po::value<std::vector<std::string>>())("message", po::value<std::string>());
    po::positional_options_description positional;
    positional.add(arguments, -1);
    const auto parsed = [&](std::vector<const char*> words) {
        words.insert(words.begin(), "program");
        return parse_options(static_cast<int>(words.size()), words.data(), options, positional);
    };
    const auto values = parsed({"one", "--message", "hi", "two"});
    EXPECT_EQ(values[arguments].as<std::vector<std::string>>(), (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(refusal_of([&] { parsed({"--arguments=one"}); }), "unknown option --arguments");
    EXPECT_EQ(refusal_of([&] { parsed({"--arguments"}); }), "unknown option --arguments");
}

class AConfigFile : public ::testing::Test {
protected:
    ~AConfigFile() override { std::filesystem::remove(path_); }

    po::variables_map parse_with(const std::string& content, std::vector<const char*> words = {}) {
        std::ofstream(path_) << content;
        words.insert(words.begin(), "program");
        words.insert(words.end(), {"--config", path_.c_str()});
        po::options_description options = described_options();
        options.add_options()("config", po::value<std::string>());
        return parse_options(static_cast<int>(words.size()), words.data(), options, {});
    }

    // The error without the path of the file, which must be its beginning.
    std::string refusal_of_file(const std::string& content) {
        const std::string text = refusal_of([&] { parse_with(content); });
        return text.starts_with(path_) ? text.substr(path_.size()) : text;
    }

    const std::string path_ = ::testing::TempDir() + "config." + std::to_string(::getpid());
};

TEST_F(AConfigFile, SetsOptions) {
    const po::variables_map values =
        parse_with("# a comment\n\n connections = 5 # five\r\nmessage=a = b\nudp = true\n");
    EXPECT_EQ(values["connections"].as<Count>().value, 5u);
    EXPECT_EQ(values["message"].as<std::string>(), "a = b");
    EXPECT_EQ(values.count("udp"), 1u);
    EXPECT_EQ(values["colour"].as<std::string>(), "red");
}

TEST_F(AConfigFile, MayBeginWithAByteOrderMark) {
    EXPECT_EQ(parse_with("\xef\xbb\xbfmessage = hi\r\n")["message"].as<std::string>(), "hi");
    EXPECT_EQ(refusal_of_file("\xef\xbb\xbfudp = no\n"),
              ":1: udp no: expected true; to leave the option off, remove the line");
}

TEST_F(AConfigFile, MayHaveAValueThatIsNotAscii) {
    EXPECT_EQ(parse_with("message = caf\u00e9\n")["message"].as<std::string>(), "caf\u00e9");
}

TEST_F(AConfigFile, CannotNameAnother) {
    EXPECT_EQ(refusal_of_file("udp =\nconfig = /etc/other\n"), ":2: config cannot be set in a config file");
}

TEST_F(AConfigFile, CannotAskForHelpOrTheVersion) {
    for (const std::string name : {"help", "version"})
        for (const char* value : {"", "true", "no"})
            EXPECT_EQ(refusal_of_file("udp =\n" + name + " = " + value + "\n"),
                      ":2: " + name + " cannot be set in a config file");
}

TEST_F(AConfigFile, YieldsToTheCommandLine) {
    const po::variables_map values = parse_with("message = theirs\ncolour = green\n", {"--message", "ours"});
    EXPECT_EQ(values["message"].as<std::string>(), "ours");
    EXPECT_EQ(values["colour"].as<std::string>(), "green");
    EXPECT_EQ(written_as(values, "message"), "--message");
    EXPECT_EQ(written_as(values, "colour"), path_ + ":2: colour");
}

TEST_F(AConfigFile, IsRefusedWithTheLineOfAnUnknownOption) {
    EXPECT_EQ(refusal_of_file("# a comment\n\nconections = 5\n"),
              ":3: unknown option conections; did you mean connections?");
    EXPECT_EQ(refusal_of_file("--udp =\n"), ":1: unknown option --udp; did you mean --udp?");
    EXPECT_EQ(refusal_of_file("[section]\nudp = true\n"), ":1: \"[section]\" is not of the form name = value");
}

TEST_F(AConfigFile, IsRefusedWithTheLineOfABadValue) {
    EXPECT_EQ(refusal_of_file("udp =\nconnections = 0\n"),
              ":2: connections 0: expected a whole number from 1 to 1000000000");
    EXPECT_EQ(refusal_of_file("connections = \xff\n"),
              ":1: connections \\xff: expected a whole number from 1 to 1000000000");
    EXPECT_EQ(refusal_of_file("udp = no\n"), ":1: udp no: expected true; to leave the option off, remove the line");
}

TEST_F(AConfigFile, IsRefusedWithTheLineOfAValueThatIsNoneOfTheNames) {
    const po::variables_map values = parse_with("\ncolour = gren\n");
    EXPECT_EQ(refusal_of([&] { named(values, "colour", &colour_named, colour_names); }),
              path_ + ":2: colour gren: not one of red, green; did you mean \"green\"?");
}

TEST_F(AConfigFile, IsRefusedWithTheLineThatIsNoEntry) {
    EXPECT_EQ(refusal_of_file("udp = true\njust words\n"), ":2: \"just words\" is not of the form name = value");
    EXPECT_EQ(refusal_of_file(" = 5\n"), ":1: \"= 5\" is not of the form name = value");
    EXPECT_EQ(refusal_of_file("connections = " + std::string(200, 'x')),
              ":1: connections " + std::string(120, 'x') + "...: expected a whole number from 1 to 1000000000");
    EXPECT_EQ(refusal_of_file(std::string(200, 'x') + " = 1"), ":1: unknown option " + std::string(120, 'x') + "...");
    EXPECT_EQ(refusal_of_file(std::string(100, 'x')),
              ":1: \"" + std::string(60, 'x') + "\"... is not of the form name = value");
}

TEST_F(AConfigFile, IsRefusedIfItSetsAnOptionTwice) {
    EXPECT_EQ(refusal_of_file("message = a\n\nmessage = b\n"), ":3: message is already set at " + path_ + ":1");
}

TEST_F(AConfigFile, IsRefusedIfItIsBinary) {
    EXPECT_EQ(refusal_of_file("\x7f"
                              "ELF\x02\x01\n"),
              ":1: not a text file: byte 1 of the line is \\x7f");
    EXPECT_EQ(refusal_of_file("udp =\nmessage = \x1b[2J\n"), ":2: not a text file: byte 11 of the line is \\x1b");
    EXPECT_EQ(refusal_of_file("\xff\xfe \x80"), ":1: \"\\xff\\xfe \\x80\" is not of the form name = value");
}

TEST_F(AConfigFile, IsRefusedWithTheLineThatHasAPlaceholderOfTheLibrary) {
    EXPECT_EQ(refusal_of_file("\nmessage = %invalid_line%\n"),
              ":2: %invalid_line% must not occur in an option or its value");
}

}  // namespace
}  // namespace iomux::cli
