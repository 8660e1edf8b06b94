#include "cli/error_text.hpp"

#include <gtest/gtest.h>

#include <boost/system/system_error.hpp>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace iomux::cli {
namespace {

template <class Action>
std::string text_of(Action action) {
    try {
        action();
    } catch (const std::exception& error) {
        return error_text(error);
    }
    return "nothing was thrown";
}

constexpr const char* no_memory =
    "not enough memory; ask for less, such as fewer connections or smaller messages, or raise the limit (ulimit -v)";

TEST(AnErrorsText, IsItsOwnIfItIsForPeople) {
    EXPECT_EQ(error_text(std::runtime_error("cannot do it")), "cannot do it");
    EXPECT_EQ(error_text(std::system_error(ENOENT, std::system_category(), "cannot read x")),
              "cannot read x: No such file or directory");
}

TEST(AnErrorsText, NamesTheFileAndNotTheLibrary) {
    EXPECT_EQ(text_of([] { std::filesystem::create_directories("/proc/self/none/of"); }),
              "cannot create directories /proc/self/none/of: No such file or directory");
    EXPECT_EQ(text_of([] { static_cast<void>(std::filesystem::directory_iterator("/none")); }),
              "directory iterator cannot open directory /none: No such file or directory");
}

TEST(AnErrorsText, HasNoPlaceInTheSourcesOfALibrary) {
    const boost::system::error_code code(ENOENT, boost::system::system_category(), nullptr);
    static constexpr boost::source_location place("library.ipp", 99, "parse");
    EXPECT_EQ(error_text(boost::system::system_error({code, &place})), "No such file or directory");
}

TEST(AnErrorsText, SaysWhatToDoIfThereIsNoMemory) { EXPECT_EQ(error_text(std::bad_alloc()), no_memory); }

TEST(AnErrorsText, SaysThatAThreadCannotBeCreated) {
    EXPECT_EQ(
        error_text(std::system_error(EAGAIN, std::generic_category())),
        "cannot create a thread: Resource temporarily unavailable; ask for fewer threads or connections, or raise "
        "the limit (ulimit -u)");
    const std::string saying = error_text(std::system_error(EAGAIN, std::generic_category()));
    EXPECT_EQ(error_text(std::system_error(EAGAIN, std::system_category(), "cannot create a thread")), saying);
    const boost::system::error_code code(EAGAIN, boost::system::system_category());
    EXPECT_EQ(error_text(boost::system::system_error(code, "thread")), saying);
    EXPECT_EQ(error_text(boost::system::system_error(code, "read")), "Resource temporarily unavailable");
    EXPECT_EQ(error_text(std::system_error(EAGAIN, std::generic_category(), "cannot fork")),
              "cannot fork: Resource temporarily unavailable");
}

TEST(AnErrorsText, SaysWhichLimitToRaiseIfThereIsNoDescriptor) {
    EXPECT_EQ(error_text(std::system_error(EMFILE, std::system_category(), "cannot create an eventfd")),
              "cannot create an eventfd: Too many open files; raise the limit (ulimit -n)");
    EXPECT_EQ(error_text(std::system_error(ENFILE, std::system_category(), "cannot open a socket")),
              "cannot open a socket: Too many open files in system; raise the limit (sysctl fs.file-max)");
    const std::error_code code(EMFILE, std::system_category());
    EXPECT_EQ(error_text(std::filesystem::filesystem_error("cannot open directory", "/folder", code)),
              "cannot open directory /folder: Too many open files; raise the limit (ulimit -n)");
    const boost::system::error_code of_boost(EMFILE, boost::system::system_category());
    EXPECT_EQ(error_text(boost::system::system_error(of_boost, "epoll")),
              "cannot open a file descriptor: Too many open files; raise the limit (ulimit -n)");
}

TEST(AnErrorsText, SaysThatTheProgramIsAtFault) {
    EXPECT_EQ(text_of([] { static_cast<void>(std::vector<int>().at(1)); }).find("an error in this program: "), 0u);
    EXPECT_EQ(text_of([] { std::vector<char>().reserve(static_cast<std::size_t>(-1)); }),
              "an error in this program: vector::reserve; please report it with the command line");
}

TEST(AnErrorsText, IsOnePrintableLine) {
    EXPECT_EQ(error_text(std::runtime_error("no\n\x1b[2J\xff")), "no\\n\\x1b[2J\\xff");
}

}  // namespace
}  // namespace iomux::cli
