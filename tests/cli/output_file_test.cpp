#include "cli/output_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <string>
#include <system_error>

namespace iomux::cli {
namespace {

namespace fs = std::filesystem;

constexpr uid_t nobody = 65534;

std::string content_of(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator(file), {}};
}

struct stat status_of(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status;
}

template <class Action>
std::string failure_of(Action action) {
    try {
        action();
        return "none";
    } catch (const std::system_error& failure) {
        return failure.what();
    }
}

class AnOutputFile : public testing::Test {
protected:
    AnOutputFile() {
        std::string name = (fs::temp_directory_path() / "iomux-output-XXXXXX").string();
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        file_ = folder_ / "file";
    }
    ~AnOutputFile() override { fs::remove_all(folder_); }

    void write(const std::string& content) const { std::ofstream(file_) << content; }
    std::size_t files_in_folder() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }

    fs::path folder_, file_;
};

TEST_F(AnOutputFile, IsCreatedOrReplaced) {
    write_file(file_, "new");
    EXPECT_EQ(content_of(file_), "new");
    write_file(file_, "newer");
    EXPECT_EQ(content_of(file_), "newer");
    EXPECT_EQ(files_in_folder(), 1u);
}

TEST_F(AnOutputFile, IsNeverSeenInPart) {
    write("old");
    std::ifstream reader(file_);
    write_file(file_, "new");
    EXPECT_EQ(std::string(std::istreambuf_iterator(reader), {}), "old");
}

TEST_F(AnOutputFile, KeepsItsModeAndItsOwner) {
    write("old");
    ASSERT_EQ(::chmod(file_.c_str(), 0640), 0);
    const bool is_other = ::geteuid() == 0 && ::chown(file_.c_str(), nobody, nobody) == 0;
    write_file(file_, "new");
    EXPECT_EQ(status_of(file_).st_mode & 07777, 0640u);
    EXPECT_EQ(status_of(file_).st_uid, is_other ? nobody : ::geteuid());
    EXPECT_EQ(content_of(file_), "new");
}

TEST_F(AnOutputFile, KeepsItsOtherNames) {
    write("old and longer");
    fs::create_hard_link(file_, folder_ / "other");
    check_output_file(file_);
    write_file(file_, "new");
    EXPECT_EQ(content_of(folder_ / "other"), "new");
    EXPECT_EQ(fs::hard_link_count(file_), 2u);
    EXPECT_EQ(files_in_folder(), 2u);
}

TEST_F(AnOutputFile, KeepsItsExtendedAttributes) {
    write("old");
    if (::setxattr(file_.c_str(), "user.origin", "here", 4, 0) != 0)
        GTEST_SKIP() << "no extended attributes in " << folder_ << ": " << std::system_category().message(errno);
    check_output_file(file_);
    write_file(file_, "new");
    std::array<char, 4> value{};
    EXPECT_EQ(::getxattr(file_.c_str(), "user.origin", value.data(), value.size()), 4);
    EXPECT_EQ(content_of(file_), "new");
}

TEST_F(AnOutputFile, IsTheTargetOfASymbolicLink) {
    write("old");
    const fs::path link = folder_ / "link", dangling = folder_ / "dangling";
    fs::create_symlink("file", link);
    fs::create_symlink(folder_ / "other", dangling);
    write_file(link, "new");
    write_file(dangling, "new too");
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_TRUE(fs::is_symlink(dangling));
    EXPECT_EQ(content_of(file_), "new");
    EXPECT_EQ(content_of(folder_ / "other"), "new too");
}

TEST_F(AnOutputFile, CannotBeALinkToItself) {
    fs::create_symlink("file", file_);
    EXPECT_NE(failure_of([&] { write_file(file_, "new"); }).find("Too many levels of symbolic links"),
              std::string::npos);
}

TEST_F(AnOutputFile, MayBeADevice) {
    constexpr unsigned null_major = 1, null_minor = 3;
    if (::mknod(file_.c_str(), S_IFCHR | 0600, ::makedev(null_major, null_minor)) != 0)
        GTEST_SKIP() << "cannot make a device: " << std::system_category().message(errno);
    if (!std::ofstream(file_)) GTEST_SKIP() << "devices cannot be opened in " << folder_;
    check_output_file(file_);
    write_file(file_, "lost");
    EXPECT_TRUE(S_ISCHR(status_of(file_).st_mode));
}

TEST_F(AnOutputFile, MayBeAPipe) {
    ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
    check_output_file(file_);
    std::future<std::string> read = std::async(std::launch::async, [&] { return content_of(file_); });
    write_file(file_, "through");
    EXPECT_EQ(read.get(), "through");
    EXPECT_TRUE(S_ISFIFO(status_of(file_).st_mode));
}

TEST_F(AnOutputFile, MayBeADescriptorThatIsOpen) {
    const int fd = ::open(file_.c_str(), O_WRONLY | O_CREAT, 0600);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::write(fd, "before ", 7), 7);
    for (const char* folder : {"/dev/fd/", "/proc/self/fd/"}) write_file(folder + std::to_string(fd), "after ");
    ::close(fd);
    EXPECT_EQ(content_of(file_), "before after after ");
    const std::string closed = "/dev/fd/" + std::to_string(fd);
    EXPECT_EQ(failure_of([&] { check_output_file(closed); }), "cannot write " + closed + ": Bad file descriptor");
}

TEST_F(AnOutputFile, IsKeptIfItCannotBeWritten) {
    write("old");
    ASSERT_EQ(::symlink("/dev/full", (folder_ / "full").c_str()), 0);
    EXPECT_EQ(failure_of([&] { write_file(folder_ / "full", "new"); }),
              "cannot write " + (folder_ / "full").string() + ": No space left on device");
    EXPECT_TRUE(S_ISCHR(status_of("/dev/full").st_mode));
    EXPECT_EQ(content_of(file_), "old");
}

TEST_F(AnOutputFile, IsCheckedWithoutAChange) {
    write("old");
    check_output_file(file_);
    check_output_file(folder_ / "new");
    EXPECT_EQ(content_of(file_), "old");
    EXPECT_EQ(files_in_folder(), 1u);
}

TEST_F(AnOutputFile, RemovesWhatAKilledProcessHasLeft) {
    const fs::path left = folder_ / ".iomux-0a1b2c3d.part", other = folder_ / ".other-0a1b2c3d.part";
    std::ofstream(other) << "";
    std::ofstream(left) << "unfinished";
    check_output_file(file_);
    EXPECT_FALSE(fs::exists(left));
    std::ofstream(left) << "unfinished";
    write_file(file_, "new");
    EXPECT_FALSE(fs::exists(left));
    EXPECT_EQ(content_of(file_), "new");
    EXPECT_EQ(files_in_folder(), 2u);
}

TEST_F(AnOutputFile, IsRefusedIfItCannotBeWritten) {
    EXPECT_EQ(failure_of([&] { check_output_file(folder_ / "none" / "file"); }),
              "cannot write " + (folder_ / "none" / "file").string() + ": No such file or directory");
    EXPECT_EQ(failure_of([&] { check_output_file(folder_); }), "cannot write " + folder_.string() + ": Is a directory");
    EXPECT_EQ(failure_of([&] { check_output_file(folder_.string() + "/new/"); }),
              "cannot write " + folder_.string() + "/new/: Is a directory");
    EXPECT_EQ(failure_of([] { check_output_file(""); }), "cannot write \"\": No such file or directory");
}

TEST_F(AnOutputFile, MayBeWritableInADirectoryThatIsNot) {
    write("old");
    ASSERT_EQ(::chmod(folder_.c_str(), 0500), 0);
    // Root can write every directory.
    const bool is_root = ::geteuid() == 0;
    if (is_root) {
        for (const fs::path& path : {folder_, file_}) ASSERT_EQ(::chown(path.c_str(), nobody, nobody), 0);
        ASSERT_EQ(::seteuid(nobody), 0);
    }
    check_output_file(file_);
    write_file(file_, "new");
    EXPECT_EQ(content_of(file_), "new");
    EXPECT_EQ(failure_of([&] { check_output_file(folder_ / "other"); }),
              "cannot write " + (folder_ / "other").string() + ": Permission denied");
    if (is_root) {
        ASSERT_EQ(::seteuid(0), 0);
    }
    ::chmod(folder_.c_str(), 0700);
}

TEST_F(AnOutputFile, IsTheSameUnderEveryName) {
    const fs::path link = folder_ / "link";
    fs::create_symlink("file", link);
    EXPECT_TRUE(is_same_output(link, file_));
    EXPECT_TRUE(is_same_output(folder_ / "." / "file", file_));
    write("old");
    EXPECT_TRUE(is_same_output(link, file_));
    EXPECT_FALSE(is_same_output(file_, folder_ / "other"));
    EXPECT_FALSE(is_same_output(folder_ / "one", folder_ / "other"));
    EXPECT_FALSE(is_same_output("/dev/full", "/dev/full"));
    EXPECT_TRUE(is_same_output("-", "/dev/stdout"));
    EXPECT_FALSE(is_same_output("-", file_));
    EXPECT_FALSE(is_same_output("", file_));
    EXPECT_FALSE(is_same_output("-", ""));
}

TEST_F(AnOutputFile, IsTheSameAsADescriptorOfIt) {
    const int fd = ::open(file_.c_str(), O_WRONLY | O_CREAT, 0600);
    const std::string descriptor = "/dev/fd/" + std::to_string(fd);
    EXPECT_TRUE(is_same_output(descriptor, file_));
    EXPECT_FALSE(is_same_output(descriptor, folder_ / "other"));
    EXPECT_FALSE(is_same_output(descriptor, descriptor));  // both are written, one after the other
    const int other = ::open(file_.c_str(), O_WRONLY);
    EXPECT_TRUE(is_same_output(descriptor, "/dev/fd/" + std::to_string(other)));
    ::close(other);
    ::close(fd);
}

TEST_F(AnOutputFile, IsReplacedIfItIsNewOrRegular) {
    EXPECT_TRUE(is_replaced(file_));
    write("old");
    EXPECT_TRUE(is_replaced(file_));
    for (const char* other : {"-", "/dev/null", "/dev/fd/1"}) EXPECT_FALSE(is_replaced(other)) << other;
}

TEST_F(AnOutputFile, CanBeReadWhileItIsWritten) {
    write("a long old content");
    const OutputStream stream(file_);
    EXPECT_EQ(content_of(file_), "");
    stream.write("one ");
    EXPECT_EQ(content_of(file_), "one ");
    stream.write("two");
    EXPECT_EQ(content_of(file_), "one two");
    OutputStream(folder_ / "new").write("new");
    EXPECT_EQ(content_of(folder_ / "new"), "new");
}

TEST_F(AnOutputFile, ThatIsADescriptorIsContinuedAsAStream) {
    const int fd = ::open(file_.c_str(), O_WRONLY | O_CREAT, 0600);
    ASSERT_EQ(::write(fd, "before ", 7), 7);
    OutputStream("/dev/fd/" + std::to_string(fd)).write("after");
    ::close(fd);
    EXPECT_EQ(content_of(file_), "before after");
}

TEST_F(AnOutputFile, IsNotOpenedAsAStreamIfItCannotBeWritten) {
    EXPECT_EQ(failure_of([&] { OutputStream(folder_ / "none" / "file"); }),
              "cannot write " + (folder_ / "none" / "file").string() + ": No such file or directory");
    EXPECT_EQ(failure_of([] { OutputStream("/dev/full").write("lost"); }),
              "cannot write /dev/full: No space left on device");
}

}  // namespace
}  // namespace iomux::cli
