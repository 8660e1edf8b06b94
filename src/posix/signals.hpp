#pragma once

namespace iomux::posix {

/// While it lives, the first SIGTERM or SIGINT calls `on_first`, which must be async-signal-safe. A second signal ends
/// the process at once with exit status 128 + its number. Only one object may exist at a time.
class StopSignals {
public:
    explicit StopSignals(void (*on_first)());
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
};

}  // namespace iomux::posix
