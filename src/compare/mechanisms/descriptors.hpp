#pragma once

#include <cstddef>
#include <optional>
#include <system_error>

namespace iomux::compare {

/// How each mechanism handles one readable descriptor whose number is at least FD_SETSIZE, and select(2) one below it.
struct PastFdSet {
    int set_size;             ///< FD_SETSIZE.
    bool last_fits;           ///< select(2) reports the descriptor with the number FD_SETSIZE - 1.
    int number;               ///< The descriptor's number.
    bool kernel_selects;      ///< pselect6(2) reports it if called with larger sets than the C library's.
    bool poll_reports;        ///< poll(2) reports it.
    bool epoll_reports;       ///< epoll(7) reports it.
    int signal_from_checked;  ///< The signal that kills a process built with _FORTIFY_SOURCE when it puts the
                              ///< descriptor into an fd_set; 0: none.
};

/// Throws std::system_error if the limit on descriptors (RLIMIT_NOFILE) does not allow such a number.
PastFdSet probe_past_fd_set();

/// The errors when a process exceeds its limit on descriptors (RLIMIT_NOFILE) by one.
struct PastLimit {
    std::size_t limit;
    std::error_code poll;  ///< From poll(2) with limit + 1 entries.
    std::error_code open;  ///< From creating another epoll instance when `limit` descriptors are open.
};
PastLimit probe_past_limit(std::size_t limit);

/// A program still watches a closed descriptor, while another watched descriptor is ready.
struct WatchedAndClosed {
    std::error_code select;  ///< The error of select(2), which then reports nothing.
    bool poll_continues;     ///< poll(2) reports the ready descriptor, and marks the closed one as invalid.
    bool epoll_continues;    ///< epoll(7) reports only the ready descriptor.
};
WatchedAndClosed probe_watched_and_closed();

/// What each mechanism reports for a regular file at its end, where nothing can be read.
struct RegularFile {
    bool select_reports;
    bool poll_reports;
    std::error_code epoll;           ///< The error of epoll_ctl(2).
    std::optional<bool> ring_reads;  ///< Whether io_uring(7) reads the file; nothing if io_uring is not available.
};
RegularFile probe_regular_file();

}  // namespace iomux::compare
