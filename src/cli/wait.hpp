#pragma once

#include <stdexcept>
#include <string>

namespace iomux::cli {

/// A signal has ended a wait. `run_program` prints it and returns `exit_interrupted`.
struct WaitInterrupted : std::runtime_error {
    using runtime_error::runtime_error;
};

/// Whether the descriptor is ready for one of the events (poll(2)), or has hung up or failed.
bool is_ready(int fd, short events);

/// A wait that a signal ends (see posix::StopSignals). It does not end if the signal came before it began, as a server
/// writes its last output after a signal.
class Wait {
public:
    /// `what` continues the error: `interrupted while it `.
    explicit Wait(std::string what);

    /// Until `is_ready`. Throws WaitInterrupted.
    void until_ready(int fd, short events) const;
    /// For a moment, to look again at what no event reports. Throws WaitInterrupted.
    void for_a_moment() const;

private:
    void throw_if_interrupted() const;

    std::string what_;
    bool had_signal_;
};

}  // namespace iomux::cli
