#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace iomux::compare {

/// Which cores do what. None, and nothing: whichever is free.
struct Cores {
    std::vector<int> server;
    std::optional<int> load;

    /// Nothing of the load runs where the server does.
    bool are_apart() const { return !server.empty() && load.has_value(); }
    /// `server on core 1, load on core 0`
    std::string text() const;
};

/// Those that this process may use, in ascending order. Throws std::system_error.
std::vector<int> allowed_cores();

/// The last core for the server and the first for the load: as far apart as their numbers tell, for neighbours may be
/// two threads of one core, and the first is where interrupts of devices tend to go. With one core, both are free.
Cores choose_cores(std::span<const int> allowed);
/// These for the server, and for the load the first of the others. Where there is no other it is free to use them too,
/// for pinned to one it would be in the way of one of the server's threads alone.
Cores choose_cores(std::span<const int> allowed, std::vector<int> server);

/// `all`, or numbers with commas between, each once and one of the allowed ones. Throws cli::UsageError.
std::vector<int> parse_cores(const std::string& text, std::span<const int> allowed);

/// Lets the calling thread, and what it starts, run on these cores alone. False: errno says why not.
bool pin_to(std::span<const int> cores);

}  // namespace iomux::compare
