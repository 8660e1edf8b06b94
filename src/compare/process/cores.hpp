#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace iomux::compare {

/// Which cores do what. None: whichever is free.
struct Cores {
    std::vector<int> server;
    std::vector<int> load;

    /// Nothing of the load runs where the server does.
    bool are_apart() const { return !server.empty() && !load.empty(); }
    /// `server on core 1, load on core 0`, `server on core 3, load on cores 0 and 1`
    std::string text() const;
};

/// The last core for the server and the first for the load: as far apart as their numbers tell, for neighbours may be
/// two threads of one core, and the first is where interrupts of devices tend to go. With one core, both are free.
Cores choose_cores(std::span<const int> allowed, std::size_t load_threads = 1);
/// These for the server, and for each thread of the load the first of the others, as far as there are any. Where there
/// is none it is free to use these too, for pinned to one it would be in the way of one of the server's threads alone.
Cores choose_cores(std::span<const int> allowed, std::vector<int> server, std::size_t load_threads = 1);

/// `all`, or numbers with commas between, each once and one of the allowed ones. Throws cli::UsageError.
std::vector<int> parse_cores(const std::string& text, std::span<const int> allowed);

/// Lets the calling thread, and what it starts, run on these cores alone. False: errno says why not.
bool pin_to(std::span<const int> cores);

}  // namespace iomux::compare
