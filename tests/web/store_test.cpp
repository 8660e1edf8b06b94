#include "compare/web/store.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>

#include "fixtures.hpp"

namespace iomux::compare::web {
namespace {

constexpr const char* id = "20261125T142015Z-0a1b2c3d";
constexpr const char* later_id = "20261125T142016Z-00000000";

TEST(AStore, GivesBackWhatItHasKept) {
    const TemporaryFolder folder;
    const Store store(folder.path() / "made" / "by it");
    store.keep_results(id, "{}");
    store.keep_results(id, R"({"second": true})");
    EXPECT_EQ(store.results(id), R"({"second": true})");
    EXPECT_EQ(store.results(later_id), std::nullopt);
}

TEST(AStore, ListsItsRecordsTheOldestFirst) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    store.keep_record(later_id, {{"n", 2}});
    store.keep_record(id, {{"n", 1}});
    const std::vector<boost::json::object> records = store.records();
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0].at("n"), 1);
}

TEST(AStore, PassesOverWhatIsNotItsOwn) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    std::ofstream(folder.path() / "notes.run.json") << "{}";
    std::ofstream((folder.path() / id).concat(".run.json")) << "{ cut off";
    EXPECT_TRUE(store.records().empty());
}

TEST(AStore, LeavesNothingUnfinished) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    store.keep_results(id, "{}");
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        EXPECT_NE(entry.path().extension(), ".part");
}

TEST(AStore, RemovesWhatAnotherHasLeftUnfinishedAndNothingElse) {
    const TemporaryFolder folder;
    const auto left = folder.path() / fmt::format(".{}.results.json.part", id);
    const auto download = folder.path() / "film.part";
    std::ofstream(left) << "{";
    std::ofstream(download) << "";
    const Store store(folder.path());
    EXPECT_FALSE(std::filesystem::exists(left));
    EXPECT_TRUE(std::filesystem::exists(download));
}

TEST(AStore, ReadsNoFileThatIsNotNamedByAnId) {
    const TemporaryFolder folder;
    const Store store(folder.path() / "inside");
    std::ofstream(folder.path() / "secret.results.json") << "{}";
    EXPECT_EQ(store.results("../secret"), std::nullopt);
}

TEST(AStore, IsOneServicesAlone) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    EXPECT_THROW(Store(folder.path()), std::runtime_error);
}

TEST(AnId, IsOfOneForm) {
    EXPECT_TRUE(is_id(make_id()));
    EXPECT_TRUE(is_id(id));
    for (const char* text : {"", "..", "20261125T142015Z-0A1B2C3D", "20261125T142015Z-0a1b2c3",
                             "2026112xT142015Z-0a1b2c3d", "20261125T142015Z-0a1b2c3d/", "20261125T142015Z/0a1b2c3d"})
        EXPECT_FALSE(is_id(text)) << text;
}

}  // namespace
}  // namespace iomux::compare::web
