#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace iomux::compare {

/// Which cores run the server and the load generator. Empty: any core.
struct Cores {
    std::vector<int> server;
    std::vector<int> load;

    /// Whether the load generator has no core in common with the server.
    bool are_apart() const { return !server.empty() && !load.empty(); }
    /// `server on core 1, load on core 0`, `server on core 3, load on cores 0 and 1`
    std::string text() const;
};

/// The last core for the server and the first cores for the load generator. These are as far apart as core numbers can
/// tell: neighbouring numbers may be two threads of one core. Device interrupts tend to go to the first core, so the
/// server does not run there. With one core, neither is pinned.
Cores choose_cores(std::span<const int> allowed, std::size_t load_threads = 1);
/// The given cores for the server. Each thread of the load generator gets the first core that is still free, as far as
/// there are any. If there is none, the load generator is not pinned: pinned to one core, it would slow down only the
/// server thread on that core.
Cores choose_cores(std::span<const int> allowed, std::vector<int> server, std::size_t load_threads = 1);

/// Accepts `all`, or core numbers separated by commas. Each must be an allowed core and must appear once. Throws
/// cli::UsageError.
std::vector<int> parse_cores(const std::string& text, std::span<const int> allowed);

/// Pins the calling thread, and all that it starts later, to these cores. On failure, returns false and sets errno.
bool pin_to(std::span<const int> cores);

}  // namespace iomux::compare
