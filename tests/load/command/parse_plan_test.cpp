#include "load/command/parse_plan.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <stdexcept>
#include <string>

namespace iomux::load {
namespace {

using namespace std::chrono_literals;

Plan plan_of(const std::string& text) { return parse_plan(boost::json::parse(text)); }

TEST(APlan, IsReadWithItsDefaults) {
    const Plan plan = plan_of(R"({"targets": [{"name": "epoll", "port": 7000}]})");
    ASSERT_EQ(plan.targets.size(), 1u);
    EXPECT_EQ(plan.targets[0].name, "epoll");
    EXPECT_EQ(plan.targets[0].endpoint.text(), "127.0.0.1:7000");
    EXPECT_TRUE(plan.targets[0].processes.empty());
    EXPECT_TRUE(plan.targets[0].pausable);
    EXPECT_EQ(plan.targets[0].warm_up.longest, 0ns);
    EXPECT_EQ(plan.cycles, Plan().cycles);
    EXPECT_EQ(plan.warmup_cycles, Plan().warmup_cycles);
    EXPECT_EQ(plan.slice, Plan().slice);
    EXPECT_EQ(plan.prelude, Plan().prelude);
    EXPECT_EQ(plan.seed, Plan().seed);
    EXPECT_FALSE(plan.asks_for_processes);
}

TEST(APlan, IsReadWithAllMembers) {
    const Plan plan = plan_of(R"({"targets": [
        {"name": "a", "address": "::1", "port": 7001, "processes": [4711, 4712], "warmup_ms": 1500},
        {"name": "b", "unix": "/run/mine.sock", "pausable": false, "warmup_ms": 1000, "longest_warmup_ms": 5000,
         "patience_ms": 200}],
        "cycles": 7, "warmup_cycles": 0, "slice_ms": 12.5, "prelude_ms": 0, "seed": 18446744073709551615,
        "asks_for_processes": true})");
    ASSERT_EQ(plan.targets.size(), 2u);
    EXPECT_EQ(plan.targets[0].endpoint.text(), "[::1]:7001");
    EXPECT_EQ(plan.targets[0].processes, (std::vector<pid_t>{4711, 4712}));
    EXPECT_EQ(plan.targets[1].endpoint.text(), "unix:/run/mine.sock");
    EXPECT_FALSE(plan.targets[1].pausable);
    EXPECT_EQ(plan.targets[0].warm_up.least, 1500ms);
    EXPECT_EQ(plan.targets[0].warm_up.longest, 1500ms) << "no longer than it says";
    EXPECT_EQ(plan.targets[1].warm_up.least, 1s);
    EXPECT_EQ(plan.targets[1].warm_up.longest, 5s);
    EXPECT_EQ(plan.targets[0].patience, std::nullopt);
    EXPECT_EQ(plan.targets[1].patience, 200ms);
    EXPECT_EQ(plan.cycles, 7u);
    EXPECT_EQ(plan.warmup_cycles, 0u);
    EXPECT_EQ(plan.slice, 12'500us);
    EXPECT_EQ(plan.prelude, 0ns);
    EXPECT_EQ(plan.seed, 18446744073709551615u);
    EXPECT_TRUE(plan.asks_for_processes);
}

std::string error_of(const std::string& text) {
    try {
        plan_of(text);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "none";
}

TEST(APlan, IsRefusedWithTheMemberThatIsWrong) {
    EXPECT_EQ(error_of("[]"), "plan: the whole must be an object");
    EXPECT_EQ(error_of("{}"), "plan: targets is missing");
    EXPECT_EQ(error_of(R"({"targets": []})"), "plan: targets is empty");
    EXPECT_EQ(error_of(R"({"targets": [1]})"), "plan: targets[0] must be an object");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a"}]})"), "plan: targets[0].port is missing");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a", "port": 65536}]})"),
              "plan: targets[0].port must be a whole number from 1 to 65535");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a", "port": 1.5}]})"),
              "plan: targets[0].port must be a whole number from 1 to 65535");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a", "unix": "x", "port": 1}]})"),
              "plan: targets[0].port cannot be combined with unix");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a", "port": 1, "processes": [0]}]})"),
              "plan: targets[0].processes[] must be a whole number from 1 to 4194304");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a", "port": 1, "processes": [7, 7]}]})"),
              "plan: targets[0].processes[] names one twice");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a", "unix": "/tmp/x\u0000y"}]})"),
              "plan: targets[0].unix must not contain NUL");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a", "port": 1, "pid": 1}]})"),
              "plan: targets[0].pid is unknown; the members are name, address, port, unix, processes, "
              "pausable, warmup_ms, longest_warmup_ms, patience_ms");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a", "port": 1}], "slice_ms": 0})"),
              "plan: slice_ms must be a number from 1 to 60000");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a", "port": 1}], "cycles": -1})"),
              "plan: cycles must be a whole number from 0 to 1000000");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a", "port": 1, "pausable": 0}]})"),
              "plan: targets[0].pausable must be true or false");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a", "port": 1, "warmup_ms": -1}]})"),
              "plan: targets[0].warmup_ms must be a number from 0 to 60000");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a", "port": 1, "warmup_ms": 2, "longest_warmup_ms": 1}]})"),
              "plan: targets[0].longest_warmup_ms must not be less than warmup_ms");
    EXPECT_EQ(error_of(R"({"targets": [{"name": "a", "port": 1, "longest_warmup_ms": 1}]})"),
              "plan: targets[0].longest_warmup_ms requires warmup_ms");
}

Plan plan_with_two_targets() { return plan_of(R"({"targets": [{"name": "a", "port": 1}, {"name": "b", "port": 2}]})"); }

TEST(TheProcessesOfAPlan, AreReadForEachTarget) {
    Plan plan = plan_with_two_targets();
    parse_processes(boost::json::parse("[[], [4712, 4713]]"), plan);
    EXPECT_TRUE(plan.targets[0].processes.empty());
    EXPECT_EQ(plan.targets[1].processes, (std::vector<pid_t>{4712, 4713}));
}

TEST(TheProcessesOfAPlan, AreRefusedIfTheyAreWrong) {
    const auto error_in = [](const std::string& text) -> std::string {
        Plan plan = plan_with_two_targets();
        try {
            parse_processes(boost::json::parse(text), plan);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "none";
    };
    for (const char* text : {"{}", "[]", "[[1]]", "[[1], [2], [3]]"})
        EXPECT_EQ(error_in(text), "plan: the list of processes must be an array with an array for each target") << text;
    EXPECT_EQ(error_in("[[1], 2]"), "plan: processes of targets[1] must be an array");
    EXPECT_EQ(error_in("[[0], [2]]"), "plan: processes of targets[0] must be a whole number from 1 to 4194304");
    EXPECT_EQ(error_in("[[1], [2, 2]]"), "plan: processes of targets[1] names one twice");
}

}  // namespace
}  // namespace iomux::load
