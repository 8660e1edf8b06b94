#pragma once

namespace iomux::posix {

/// While it lives, SIGTERM and SIGINT call `on_first` (async-signal-safe) once; a second signal ends the process
/// at once with 128 + its number. One at a time.
class StopSignals {
public:
    explicit StopSignals(void (*on_first)());
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
};

}  // namespace iomux::posix
