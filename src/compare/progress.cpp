#include "compare/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace iomux::compare {
namespace {

constexpr std::string_view wipe_line = "\r\033[K";

bool is_terminal(int fd) {
    const char* kind = std::getenv("TERM");
    return ::isatty(fd) == 1 && !(kind != nullptr && std::string_view(kind) == "dumb");
}

std::size_t terminal_width() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void write_to_terminal(const std::string& text) {
    // A terminal that has gone away is no reason not to measure.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Progress::Progress() : on_terminal_(is_terminal(STDERR_FILENO)) {}

Progress::~Progress() {
    if (on_terminal_) write_to_terminal(std::string(wipe_line));
}

void Progress::show(std::string_view server, std::string_view step, std::chrono::seconds left) const {
    if (!on_terminal_) return;
    const std::string line = fmt::format("{}: {}, {} s left", server, step, left.count());
    // One column short: in the last one, some terminals go to the next line.
    write_to_terminal(fmt::format("{}{}", wipe_line, line.substr(0, terminal_width() - 1)));
}

bool may_colour(int fd) {
    const char* refused = std::getenv("NO_COLOR");
    return is_terminal(fd) && (refused == nullptr || *refused == '\0');
}

}  // namespace iomux::compare
