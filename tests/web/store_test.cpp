#include "compare/web/store.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <unistd.h>

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
    const std::vector<StoredRecord> records = store.records();
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0].id, id);
    EXPECT_EQ(records[0].content.value().at("n"), 1);
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
    for (const StoredRecord& record : store.records()) order.push_back(record.content.value().at("n").as_int64());
    EXPECT_EQ(order, (std::vector<std::int64_t>{1, 2, 3}));
}

TEST(AStore, SaysWhyARecordHasNoContent) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    std::ofstream(folder.path() / "notes.run.json") << "{}";
    std::ofstream(folder.path() / "notes.txt") << "{}";
    std::ofstream((folder.path() / id).concat(".run.json")) << "{ cut off";
    const std::vector<StoredRecord> records = store.records();
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0].name, "notes.run.json");
    EXPECT_EQ(records[0].fault, "its name has no ID of a run");
    EXPECT_EQ(records[1].id, id);
    EXPECT_EQ(records[1].fault, "not valid JSON: line 1, column 3: syntax error");
    for (const StoredRecord& record : records) EXPECT_FALSE(record.content) << record.name;
}

TEST(AStore, CannotReadWhatItsUserMayNot) {
    constexpr uid_t nobody = 65534;
    const TemporaryFolder folder;
    const Store store(folder.path());
    store.keep_record(id, {});
    store.keep_results(id, "{}");
    std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
    for (const char* ending : {".run.json", ".results.json"})
        std::filesystem::permissions((folder.path() / id).concat(ending), std::filesystem::perms::none);
    // Root can read every file.
    const bool is_root = ::geteuid() == 0;
    if (is_root) {
        ASSERT_EQ(::seteuid(nobody), 0);
    }
    const std::vector<StoredRecord> records = store.records();
    EXPECT_THROW(store.results(id), UnreadableFile);
    if (is_root) {
        ASSERT_EQ(::seteuid(0), 0);
    }
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].fault, "Permission denied");
}

TEST(AStore, ReadsResultsUpToTheirLimit) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    store.keep_results(id, "{}");
    std::filesystem::resize_file((folder.path() / id).concat(".results.json"), longest_results + 1);
    EXPECT_THROW(store.results(id), UnreadableFile);
}

TEST(AStore, RemovesARun) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    store.keep_record(id, {});
    store.keep_results(id, "{}");
    store.keep_record(later_id, {});
    store.remove(id);
    EXPECT_EQ(store.results(id), std::nullopt);
    EXPECT_EQ(store.records().size(), 1u);
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
