#include "compare/measure/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "compare/terminal/terminal.hpp"

namespace iomux::compare {
namespace {

constexpr std::string_view wipe_line = "\r\033[K";

void write_to_terminal(const std::string& text) {
    // If the terminal is gone, the measurement continues.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Progress::Progress() : on_terminal_(is_terminal(STDERR_FILENO)) {}

Progress::~Progress() {
    if (on_terminal_) write_to_terminal(std::string(wipe_line));
}

void Progress::show(std::string_view server, std::string_view step, std::chrono::seconds left) {
    if (!on_terminal_) return;
    const std::string line = fmt::format("{}{}{}: {}, {} s left", part_, part_.empty() ? "" : ": ", server, step,
                                         with_other_parts(left).count());
    // One column short, because some terminals wrap when the last column is used.
    const std::size_t width = terminal_width(STDERR_FILENO).value_or(80) - 1;
    write_to_terminal(fmt::format("{}{}", wipe_line, line.substr(0, width)));
}

void ProgressOfPart::show(std::string_view server, std::string_view step, std::chrono::seconds left) {
    whole_.show(server, fmt::format("{}{}{}", name_, name_.empty() ? "" : ": ", step), left + behind_);
}

}  // namespace iomux::compare
