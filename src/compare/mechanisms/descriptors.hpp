#pragma once

#include <cstddef>
#include <optional>
#include <system_error>

namespace iomux::compare {

/// What becomes of one open descriptor that can be read and whose number is FD_SETSIZE or more.
struct PastFdSet {
    int set_size;             ///< FD_SETSIZE.
    int number;               ///< The descriptor's.
    bool kernel_selects;      ///< pselect6(2), called with greater sets than the C library's, reports it.
    bool poll_reports;        ///< poll(2) does.
    bool epoll_reports;       ///< epoll(7) does.
    int signal_from_checked;  ///< What kills a process that puts it into an fd_set, built with _FORTIFY_SOURCE; 0:
                              ///< none.
};

/// Throws std::system_error where the limit on descriptors (RLIMIT_NOFILE) does not let it have one.
PastFdSet probe_past_fd_set();

/// What the system answers where a process may have so many descriptors and asks for one more (RLIMIT_NOFILE).
struct PastLimit {
    std::size_t limit;
    std::error_code poll;  ///< To poll(2) of limit + 1 entries.
    std::error_code open;  ///< To another epoll instance, when so many descriptors are open.
};
PastLimit probe_past_limit(std::size_t limit);

/// A descriptor is closed while a program still watches it, and another one is ready.
struct WatchedAndClosed {
    std::error_code select;  ///< What select(2) answers, which then reports nothing.
    bool poll_goes_on;       ///< poll(2) reports the ready one, and the closed one as invalid.
    bool epoll_goes_on;      ///< epoll(7) reports the ready one alone.
};
WatchedAndClosed probe_watched_and_closed();

/// What a regular file is to those who wait for it, at its end where nothing more can be read.
struct RegularFile {
    bool select_reports;
    bool poll_reports;
    std::error_code epoll;           ///< What epoll_ctl(2) answers.
    std::optional<bool> ring_reads;  ///< io_uring(7) reads what is asked of it; nothing: there is no io_uring here.
};
RegularFile probe_regular_file();

}  // namespace iomux::compare
