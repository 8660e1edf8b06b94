#include "compare/servers/server_counters.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

namespace iomux::compare {
namespace {

const ServerSpec counting{.name = "epoll", .path = "iomux-raw", .options = {"--threads", "2"}};

// Writes the file as a server does, to the path in its option.
void write(const StatsFile& stats, std::string_view text) {
    std::ofstream(stats.filled_by(counting).options[1]) << text;
}

TEST(AStatsFile, IsRequestedBeforeTheUsersOptions) {
    const StatsFile stats;
    const std::vector<std::string> options = stats.filled_by(counting).options;
    ASSERT_EQ(options.size(), 4u);
    EXPECT_EQ(options[0], "--stats");
    EXPECT_EQ(options[2], "--threads");
}

TEST(AStatsFile, IsNotRequestedIfTheUserRequestsOneOrTheServerHasNoCounters) {
    const StatsFile stats;
    ServerSpec with_stats = counting, bare = counting, brought = counting;
    with_stats.options = {"--stats=/dev/null"};
    bare.guarded = false;
    brought.origin = Origin::brought;
    for (const ServerSpec& spec : {with_stats, bare, brought}) EXPECT_EQ(stats.filled_by(spec).options, spec.options);
}

TEST(AStatsFile, IsReadOnceTheServerHasWrittenIt) {
    const StatsFile stats;
    EXPECT_FALSE(stats.read());
    write(stats, R"({"messages": 7, "bytes_received": 448, "waits": 4, "ready_events": 8})");
    const std::optional<ServerCounters> counters = stats.read();
    ASSERT_TRUE(counters);
    EXPECT_EQ(counters->bytes_received, 448u);
    EXPECT_EQ(counters->events_per_wait(), 2);
    EXPECT_EQ(counters->all.at("messages"), 7);
}

TEST(AStatsFile, ThatIsTruncatedOrMalformedGivesNothing) {
    const StatsFile stats;
    for (const char* text : {R"({"messages": 7)", "[]", R"({"bytes_received": -1, "waits": 4, "ready_events": 8})"}) {
        write(stats, text);
        EXPECT_FALSE(stats.read()) << text;
    }
}

TEST(AStatsFile, IsRemovedWithItsObject) {
    std::filesystem::path file;
    {
        const StatsFile stats;
        write(stats, "{}");
        file = stats.filled_by(counting).options[1];
        EXPECT_TRUE(std::filesystem::exists(file));
    }
    EXPECT_FALSE(std::filesystem::exists(file.parent_path()));
}

TEST(EventsPerWait, AreUnknownForAServerThatDoesNotWaitOrCountsNoEvents) {
    EXPECT_FALSE(ServerCounters{.ready_events = 3}.events_per_wait());
    EXPECT_FALSE(ServerCounters{.waits = 3}.events_per_wait());
}

}  // namespace
}  // namespace iomux::compare
