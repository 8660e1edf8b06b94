#include "posix/temporary_files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <set>
#include <string>

#include "posix/unique_fd.hpp"

namespace iomux::posix {
namespace {

namespace fs = std::filesystem;

using Type = TemporaryNames::Type;

constexpr TemporaryNames names_of(Type type) {
    return {.type = type, .prefix = "tool-", .varying = 4, .suffix = ".part"};
}

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
    void make_folder(const std::string& name, mode_t mode) const {
        fs::create_directories(folder_ / name / "inside");
        ASSERT_EQ(::chmod((folder_ / name).c_str(), mode), 0);
    }
    // After the removal of stale files, of stale folders, or of both.
    std::set<std::string> left(std::initializer_list<Type> types = {Type::file, Type::folder}) const {
        for (const Type type : types) remove_stale_temporaries(folder_, names_of(type));
        std::set<std::string> found;
        for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) found.insert(entry.path().filename());
        return found;
    }

    fs::path folder_;
};

UniqueFd open(const fs::path& path) { return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); }

TEST_F(TemporaryFiles, OfADeadProcessAreRemoved) {
    make("tool-aaaa.part");
    make_folder("tool-bbbb.part", 0700);
    EXPECT_EQ(left(), std::set<std::string>());
}

TEST_F(TemporaryFiles, OfTheOtherTypeStay) {
    make("tool-aaaa.part");
    make_folder("tool-bbbb.part", 0700);
    EXPECT_EQ(left({Type::folder}), std::set<std::string>{"tool-aaaa.part"});
    make_folder("tool-bbbb.part", 0700);
    EXPECT_EQ(left({Type::file}), std::set<std::string>{"tool-bbbb.part"});
}

TEST_F(TemporaryFiles, ThatOthersMayEnterStay) {
    for (const mode_t mode : {0755, 0701, 0710, 01700}) {
        make_folder("tool-bbbb.part", mode);
        EXPECT_EQ(left(), std::set<std::string>{"tool-bbbb.part"}) << mode;
    }
}

TEST_F(TemporaryFiles, InUseStay) {
    const fs::path file = make("tool-aaaa.part"), directory = folder_ / "tool-bbbb.part";
    make_folder("tool-bbbb.part", 0700);
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

TEST_F(TemporaryFiles, OfAnotherProcessThatLooksForStaleOnesAreNotKept) {
    const fs::path file = make("tool-aaaa.part");
    const UniqueFd opened = open(file), locked = open(file);
    ASSERT_EQ(::flock(locked.get(), LOCK_EX), 0);
    EXPECT_FALSE(keep_temporary(opened.get(), file));
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

TEST_F(TemporaryFiles, MayHaveNoFolder) { remove_stale_temporaries(folder_ / "none", names_of(Type::file)); }

}  // namespace
}  // namespace iomux::posix
