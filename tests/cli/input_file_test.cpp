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

}  // namespace
}  // namespace iomux::cli
