#include "cli/input_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace iomux::cli {
namespace {

class AnInputFile : public ::testing::Test {
protected:
    ~AnInputFile() override { std::filesystem::remove(path_); }

    void write(const std::string& content) const { std::ofstream(path_) << content; }

    static std::string refusal_of(const std::string& file, std::size_t most_bytes = 100) {
        try {
            read_file(file, most_bytes);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "none";
    }

    const std::string path_ = ::testing::TempDir() + "input." + std::to_string(::getpid());
};

TEST_F(AnInputFile, IsReadWhole) {
    write("");
    EXPECT_EQ(read_file(path_, 100), "");
    const std::string long_text(1'000'000, 'x');
    write(long_text);
    EXPECT_EQ(read_file(path_, long_text.size()), long_text);
}

TEST_F(AnInputFile, CanBeAFifo) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    const std::jthread writer([this] { write("through it"); });
    EXPECT_EQ(read_file(path_, 100), "through it");
}

TEST_F(AnInputFile, IsRefusedIfItIsTooLongOrEndless) {
    write(std::string(101, 'x'));
    EXPECT_EQ(refusal_of(path_), "cannot read " + path_ + ": it is longer than 100 bytes");
    EXPECT_EQ(refusal_of("/dev/zero"), "cannot read /dev/zero: it is longer than 100 bytes");
}

TEST_F(AnInputFile, IsRefusedIfItCannotBeRead) {
    EXPECT_EQ(refusal_of("/none"), "cannot read /none: No such file or directory");
    EXPECT_EQ(refusal_of("/"), "cannot read /: Is a directory");
    EXPECT_EQ(refusal_of(""), "cannot read \"\": No such file or directory");
    EXPECT_EQ(refusal_of("/n\n"), "cannot read /n\\n: No such file or directory");
}

TEST_F(AnInputFile, ThatMustBeRegularIsReadWhole) {
    write("all of it");
    EXPECT_EQ(read_regular_file(path_, 9), "all of it");
    EXPECT_EQ(read_regular_file("/none", 9), std::nullopt);
}

TEST_F(AnInputFile, ThatMustBeRegularIsNothingElse) {
    const auto refusal_of_regular = [](const std::string& file) -> std::string {
        try {
            read_regular_file(file, 1024 * 1024);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "none";
    };
    EXPECT_EQ(refusal_of_regular("/"), "it is a folder, not a regular file");
    EXPECT_EQ(refusal_of_regular("/dev/zero"), "it is a device, not a regular file");
    EXPECT_EQ(refusal_of_regular("/proc/self/exe"), "it is a symbolic link, not a regular file");
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    EXPECT_EQ(refusal_of_regular(path_), "it is a FIFO, not a regular file");
    ASSERT_EQ(::unlink(path_.c_str()), 0);
    write(std::string(1024 * 1024 + 1, 'x'));
    EXPECT_EQ(refusal_of_regular(path_), "it is longer than 1 MiB");
}

TEST_F(AnInputFile, MayBeMissing) {
    EXPECT_EQ(content_if_readable("/none"), "");
    EXPECT_EQ(content_if_readable("/"), "");
    EXPECT_EQ(content_if_readable(path_), "");
    for (const std::size_t size : {0u, 1u, 4095u, 4096u, 4097u, 100'000u}) {
        const std::string content(size, 'x');
        write(content);
        EXPECT_EQ(content_if_readable(path_), content);
    }
}

TEST_F(AnInputFile, MayBeOfTheKernelWhichStatesNoSize) {
    EXPECT_TRUE(content_if_readable("/proc/self/status").starts_with("Name:"));
}

}  // namespace
}  // namespace iomux::cli
