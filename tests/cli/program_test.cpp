#include "cli/program.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/program_options.hpp>
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

TEST(AnOption, CannotBeAbbreviated) { EXPECT_EQ(refusal_of_words({"--conn=5"}), "unknown option --conn"); }

TEST(AnOptionsValue, IsReportedWithWhatIsAllowed) {
    EXPECT_EQ(refusal_of_words({"--connections", "0"}),
              "--connections 0: expected a whole number from 1 to 1000000000");
    EXPECT_EQ(refusal_of_words({"--connections", ""}),
              "--connections \"\": expected a whole number from 1 to 1000000000");
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
    EXPECT_EQ(refusal_of_words({"help", "--udp"}), "unexpected argument: there are only options");
}

TEST(Version, HasAShortName) {
    for (const char* word : {"--version", "-V"}) EXPECT_EQ(parse({word}).count("version"), 1u) << word;
}

TEST(Arguments, AreRefusedIfThereAreTooMany) {
    po::positional_options_description one;
    one.add("message", 1);
    EXPECT_EQ(refusal_of([&] { parse({"hi", "there"}, one); }), "too many arguments: at most 1 besides options");
    EXPECT_EQ(refusal_of_words({"hi"}), "unexpected argument: there are only options");
}

}  // namespace
}  // namespace iomux::cli
