#include "posix/temporary_files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "posix/unique_fd.hpp"

namespace iomux::posix {
namespace {

namespace fs = std::filesystem;

constexpr TemporaryNames names{.prefix = "tool-", .varying = 4, .suffix = ".part"};
constexpr uid_t nobody = 65534;

class TemporaryFiles : public testing::Test {
protected:
    TemporaryFiles() {
        std::string name = (fs::temp_directory_path() / "iomux-stale-XXXXXX").string();
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    ~TemporaryFiles() override { fs::remove_all(folder_); }

    fs::path make(const std::string& name) const {
        std::ofstream(folder_ / name) << "unfinished";
        return folder_ / name;
    }
    std::set<std::string> left() const {
        remove_stale_temporaries(folder_, names);
        std::set<std::string> found;
        for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) found.insert(entry.path().filename());
        return found;
    }

    fs::path folder_;
};

UniqueFd open(const fs::path& path) { return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); }

TEST_F(TemporaryFiles, OfADeadProcessAreRemoved) {
    make("tool-aaaa.part");
    fs::create_directories(folder_ / "tool-bbbb.part" / "inside");
    EXPECT_EQ(left(), std::set<std::string>());
}

TEST_F(TemporaryFiles, InUseStay) {
    const fs::path file = make("tool-aaaa.part"), directory = folder_ / "tool-bbbb.part";
    fs::create_directory(directory);
    UniqueFd in_use = open(file);
    const UniqueFd also_in_use = open(directory);
    EXPECT_TRUE(keep_temporary(in_use.get(), file));
    EXPECT_TRUE(keep_temporary(also_in_use.get(), directory));
    EXPECT_EQ(left(), (std::set<std::string>{"tool-aaaa.part", "tool-bbbb.part"}));
    in_use.reset();
    EXPECT_EQ(left(), std::set<std::string>{"tool-bbbb.part"});
}

TEST_F(TemporaryFiles, RemovedBeforeTheyWereInUseAreNotKept) {
    const fs::path file = make("tool-aaaa.part");
    const UniqueFd opened = open(file);
    left();
    EXPECT_FALSE(keep_temporary(opened.get(), file));
    make("tool-aaaa.part");
    EXPECT_FALSE(keep_temporary(opened.get(), file));
}

TEST_F(TemporaryFiles, OfOtherNamesStay) {
    const std::set<std::string> others{"tool-aaa.part", "tool-aaaaa.part", "tool-aaaa", "aaaa.part", "Tool-aaaa.part"};
    for (const std::string& name : others) make(name);
    EXPECT_EQ(left(), others);
}

TEST_F(TemporaryFiles, OfOtherKindsStay) {
    fs::create_symlink("target", folder_ / "tool-aaaa.part");
    ASSERT_EQ(::mkfifo((folder_ / "tool-bbbb.part").c_str(), 0600), 0);
    make("target");
    EXPECT_EQ(left(), (std::set<std::string>{"target", "tool-aaaa.part", "tool-bbbb.part"}));
}

TEST_F(TemporaryFiles, OfAnotherUserStay) {
    if (::chown(make("tool-aaaa.part").c_str(), nobody, nobody) != 0) GTEST_SKIP() << "only root can change the owner";
    EXPECT_EQ(left(), std::set<std::string>{"tool-aaaa.part"});
}

TEST_F(TemporaryFiles, MayHaveNoFolder) { remove_stale_temporaries(folder_ / "none", names); }

}  // namespace
}  // namespace iomux::posix
