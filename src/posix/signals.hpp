#pragma once

#include <csignal>
#include <initializer_list>
#include <vector>

namespace iomux::posix {

/// While it lives, the first of `signals` calls `on_first`. A second one calls `on_second` and then ends the process at
/// once with exit status 128 + its number. Both functions must be async-signal-safe. SIGHUP stays ignored if it was
/// (nohup(1)). Only one object may exist at a time.
class StopSignals {
public:
    explicit StopSignals(
        void (*on_first)(), void (*on_second)() = [] {}, std::initializer_list<int> signals = {SIGTERM, SIGINT});
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// Whether the first signal has come.
    static bool received();

private:
    std::vector<int> handled_;
};

}  // namespace iomux::posix
