#pragma once

#include <chrono>
#include <string_view>

namespace iomux::compare {

/// One line on standard error, written over and over, where that is a terminal; silence where it is not.
class Progress {
public:
    Progress();
    /// Wipes the line.
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// `epoll: round 2/5, 34 s left`, cut where the terminal ends.
    void show(std::string_view server, std::string_view step, std::chrono::seconds left) const;

private:
    bool on_terminal_;
};

/// Whether the stream may be coloured: a terminal, and NO_COLOR is not set (no-color.org).
bool may_colour(int fd);

}  // namespace iomux::compare
