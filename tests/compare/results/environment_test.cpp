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
    EXPECT_EQ(environment().at("kernel").as_string(), std::string(system.sysname) + " " + system.release);
}

TEST(TheEnvironment, NamesEveryLibrary) {
    for (const char* library : {"boost", "fmt", "liburing", "libc", "libstdc++"})
        EXPECT_TRUE(environment().at("libraries").as_object().contains(library)) << library;
}

TEST(TheEnvironment, HasALimitOfDescriptors) {
    EXPECT_GE(environment().at("limits").at("descriptors").to_number<std::size_t>(), 3u);
}

TEST(TheEnvironment, LeavesOutVulnerabilitiesThatTheCpuDoesNotHave) {
    const boost::json::object all = environment();
    const boost::json::object* mitigations = all.at("mitigations").if_object();
    if (mitigations == nullptr) GTEST_SKIP() << "the kernel does not list them";
    for (const auto& [fault, what] : *mitigations) EXPECT_NE(what, "Not affected") << std::string_view(fault);
}

// As `git describe --always --dirty` writes it.
TEST(TheEnvironment, HasTheCommitOrUnknown) {
    const boost::json::object all = environment();
    std::string commit(all.at("commit").as_string());
    if (commit == "unknown") return;
    if (commit.ends_with("-dirty")) commit.resize(commit.size() - std::string_view("-dirty").size());
    EXPECT_GE(commit.size(), 12u);
    EXPECT_TRUE(std::ranges::all_of(commit, [](unsigned char c) { return std::isxdigit(c); })) << commit;
}

TEST(TheEnvironment, HasNoWarningOptionsInItsCompilerFlags) {
    const boost::json::object all = environment();
    for (const char* member : {"compiler_flags", "load_compiler_flags"}) {
        const std::string flags(all.at(member).is_null() ? "" : all.at(member).as_string());
        EXPECT_EQ(flags.find("-Wall"), std::string::npos) << flags;
    }
}

TEST(AChoice, IsTheOneInBrackets) {
    EXPECT_EQ(chosen_in("always [madvise] never"), "madvise");
    EXPECT_EQ(chosen_in("always madvise never"), "");
    EXPECT_EQ(chosen_in("] ["), "");
    EXPECT_EQ(chosen_in(""), "");
}

TEST(AWarning, IsGivenIfTheCpuFrequencyMayChange) {
    EXPECT_NE(warnings_on({{"governor", "powersave"}}).find("governor powersave"), std::string::npos);
    for (const char* fixed : {"performance", "none (no cpufreq)"}) EXPECT_EQ(warnings_on({{"governor", fixed}}), "");
    EXPECT_EQ(warnings_on({}), "") << "results without a governor";
}

}  // namespace
}  // namespace iomux::compare
