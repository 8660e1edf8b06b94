#include "compare/results/environment.hpp"

#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>

namespace iomux::compare {
namespace {

TEST(TheEnvironment, NamesTheKernelThatRuns) {
    utsname system{};
    ASSERT_EQ(::uname(&system), 0);
    EXPECT_EQ(environment({}).at("kernel").as_string(), std::string(system.sysname) + " " + system.release);
}

TEST(TheEnvironment, NamesEveryLibrary) {
    for (const char* library : {"boost", "fmt", "liburing", "libc", "libstdc++"})
        EXPECT_TRUE(environment({}).at("libraries").as_object().contains(library)) << library;
}

TEST(TheEnvironment, HasALimitOfDescriptors) {
    EXPECT_GE(environment({}).at("limits").at("descriptors").to_number<std::size_t>(), 3u);
}

TEST(TheEnvironment, LeavesOutVulnerabilitiesThatTheCpuDoesNotHave) {
    const boost::json::object all = environment({});
    const boost::json::object* mitigations = all.at("mitigations").if_object();
    if (mitigations == nullptr) GTEST_SKIP() << "the kernel does not list them";
    for (const auto& [fault, what] : *mitigations) EXPECT_NE(what, "Not affected") << std::string_view(fault);
}

// As `git describe --always --dirty` writes it.
TEST(TheEnvironment, HasTheCommitOrUnknown) {
    const boost::json::object all = environment({});
    std::string commit(all.at("commit").as_string());
    if (commit == "unknown") return;
    if (commit.ends_with("-dirty")) commit.resize(commit.size() - std::string_view("-dirty").size());
    EXPECT_GE(commit.size(), 12u);
    EXPECT_TRUE(std::ranges::all_of(commit, [](unsigned char c) { return std::isxdigit(c); })) << commit;
}

TEST(TheEnvironment, HasNoWarningOptionsInItsCompilerFlags) {
    const boost::json::object all = environment({});
    for (const char* member : {"compiler_flags", "load_compiler_flags"}) {
        const std::string flags(all.at(member).is_null() ? "" : all.at(member).as_string());
        EXPECT_EQ(flags.find("-Wall"), std::string::npos) << flags;
    }
}

TEST(TwoEnvironments, DifferInTheMachineOrInTheBuild) {
    const boost::json::object before = environment({});
    boost::json::object now = before;
    now["machine_check"] = nullptr;
    now.at("limits").as_object()["descriptors"] = 12345;
    EXPECT_EQ(differences_of_machines(before, now), std::vector<std::string>());
    EXPECT_EQ(differences_of_builds(before, now), std::vector<std::string>());
    now["cores"] = 4711;
    now["commit"] = "1a2b3c4d5e6f";
    now.at("limits").as_object()["somaxconn"] = "7";
    const std::vector<std::string> machines = differences_of_machines(before, now);
    ASSERT_EQ(machines.size(), 2u);
    EXPECT_TRUE(machines[0].starts_with("cores: ") && machines[0].ends_with(", now 4711")) << machines[0];
    EXPECT_TRUE(machines[1].starts_with("limits: ")) << machines[1];
    const std::vector<std::string> builds = differences_of_builds(before, now);
    ASSERT_EQ(builds.size(), 1u);
    EXPECT_TRUE(builds[0].starts_with("commit: ") && builds[0].ends_with(", now \"1a2b3c4d5e6f\"")) << builds[0];
}

TEST(TheCheckOfTwoTimes, HasTheLargerNumbers) {
    const boost::json::object earlier =
        environment({.cores = {1}, .busy_share = 0.5, .load_average = 0.25, .all_cores = 2});
    const MachineCheck both = worse_of(
        {.cores = {1}, .busy_share = 0.25, .steal_share = 0.125, .load_average = 0.5, .all_cores = 2}, earlier);
    EXPECT_EQ(both.busy_share, 0.5);
    EXPECT_EQ(both.steal_share, 0.125);
    EXPECT_EQ(both.load_average, 0.5);
    EXPECT_EQ(worse_of({.load_average = 3}, {}).load_average, 3) << "results of version 1 have no check";
}

TEST(AChoice, IsTheOneInBrackets) {
    EXPECT_EQ(chosen_in("always [madvise] never"), "madvise");
    EXPECT_EQ(chosen_in("always madvise never"), "");
    EXPECT_EQ(chosen_in("] ["), "");
    EXPECT_EQ(chosen_in(""), "");
}

TEST(TheEnvironment, HasTheCheckOfTheMachine) {
    const boost::json::object all =
        environment({.cores = {0, 3}, .busy_share = 0.25, .load_average = 1.5, .all_cores = 4});
    const boost::json::object& check = all.at("machine_check").as_object();
    EXPECT_EQ(check.at("cores"), (boost::json::array{0, 3}));
    EXPECT_EQ(check.at("busy_share"), 0.25);
    EXPECT_TRUE(check.at("steal_share").is_null());
    EXPECT_EQ(check.at("load_average"), 1.5);
    EXPECT_EQ(check.at("doubts").as_array().front(), "other processes used 25 % of the measured cores");
}

TEST(AWarning, NamesEveryDoubt) {
    EXPECT_EQ(warning_on({{"governor", "powersave"}, {"machine_check", {{"doubts", {"it rains", "it snows"}}}}}),
              "results are less certain, because it rains; it snows.");
    EXPECT_EQ(warning_on({{"machine_check", {{"doubts", boost::json::array()}}}}), "");
}

TEST(AWarning, IsGivenIfTheCpuFrequencyMayChange) {
    EXPECT_EQ(warning_on({{"governor", "powersave"}}),
              "results are less certain, because the CPU frequency may change (governor powersave).");
    EXPECT_EQ(warning_on({{"governor", "powersave"}, {"machine_check", nullptr}}),
              "results are less certain, because the CPU frequency may change (governor powersave).");
    for (const char* fixed : {"performance", "none (no cpufreq)"}) EXPECT_EQ(warning_on({{"governor", fixed}}), "");
    EXPECT_EQ(warning_on({}), "") << "results without a governor";
}

}  // namespace
}  // namespace iomux::compare
