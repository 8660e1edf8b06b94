#include "compare/web/store.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "fixtures.hpp"

namespace iomux::compare::web {
namespace {

constexpr const char* id = "20261125T142015Z-0a1b2c3d";
constexpr const char* later_id = "20261125T142016Z-00000000";

TEST(AStore, ReturnsWhatItHasStored) {
    const TemporaryFolder folder;
    const Store store(folder.path() / "made" / "by it");
    store.keep_results(id, "{}");
    store.keep_results(id, R"({"second": true})");
    EXPECT_EQ(store.results(id), R"({"second": true})");
    EXPECT_EQ(store.results(later_id), std::nullopt);
}

TEST(AStore, ListsItsRecordsOldestFirst) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    store.keep_record(later_id, {{"n", 2}});
    store.keep_record(id, {{"n", 1}});
    const std::vector<boost::json::object> records = store.records();
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0].at("n"), 1);
}

TEST(AStore, ListsRecordsOfTheSameSecondInTheirOrder) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    const auto keep = [&](char last_of_its_id, int n, std::chrono::milliseconds ago) {
        std::string its_id = id;
        its_id.back() = last_of_its_id;
        store.keep_record(its_id, {{"n", n}});
        const auto file = (folder.path() / its_id).concat(".run.json");
        std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - ago);
    };
    keep('c', 1, std::chrono::milliseconds(300));
    keep('a', 2, std::chrono::milliseconds(200));
    keep('b', 3, std::chrono::milliseconds(100));
    std::vector<std::int64_t> order;
    for (const boost::json::object& record : store.records()) order.push_back(record.at("n").as_int64());
    EXPECT_EQ(order, (std::vector<std::int64_t>{1, 2, 3}));
}

TEST(AStore, IgnoresFilesOfOthers) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    std::ofstream(folder.path() / "notes.run.json") << "{}";
    std::ofstream((folder.path() / id).concat(".run.json")) << "{ cut off";
    EXPECT_TRUE(store.records().empty());
}

TEST(AStore, LeavesNoTemporaryFiles) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    store.keep_results(id, "{}");
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        EXPECT_NE(entry.path().extension(), ".part");
}

TEST(AStore, LeavesNoTemporaryFileIfItCannotWrite) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    const auto in_its_place = (folder.path() / id).concat(".results.json");
    std::filesystem::create_directory(in_its_place);
    EXPECT_THROW(store.keep_results(id, "{}"), std::system_error);
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        EXPECT_NE(entry.path().extension(), ".part");
}

TEST(AStore, RemovesOnlyTemporaryFilesOfAnEarlierService) {
    const TemporaryFolder folder;
    const auto left = folder.path() / fmt::format(".{}.results.json.part", id);
    const auto download = folder.path() / "film.part";
    std::ofstream(left) << "{";
    std::ofstream(download) << "";
    const Store store(folder.path());
    EXPECT_FALSE(std::filesystem::exists(left));
    EXPECT_TRUE(std::filesystem::exists(download));
}

TEST(AStore, ReadsOnlyFilesNamedAfterAnId) {
    const TemporaryFolder folder;
    const Store store(folder.path() / "inside");
    std::ofstream(folder.path() / "secret.results.json") << "{}";
    EXPECT_EQ(store.results("../secret"), std::nullopt);
}

TEST(AStore, CanBeUsedByOnlyOneService) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    EXPECT_THROW(Store(folder.path()), std::runtime_error);
}

TEST(AnId, HasOneForm) {
    EXPECT_TRUE(is_id(make_id()));
    EXPECT_TRUE(is_id(id));
    for (const char* text : {"", "..", "20261125T142015Z-0A1B2C3D", "20261125T142015Z-0a1b2c3",
                             "2026112xT142015Z-0a1b2c3d", "20261125T142015Z-0a1b2c3d/", "20261125T142015Z/0a1b2c3d"})
        EXPECT_FALSE(is_id(text)) << text;
}

}  // namespace
}  // namespace iomux::compare::web
