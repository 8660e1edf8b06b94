#pragma once

#include <optional>

namespace iomux::compare {

/// Which core does what. Nothing: there is one core only, and both share it.
struct Cores {
    std::optional<int> server;
    std::optional<int> load;
};

/// The first and the last core that this process may use: as far apart as their numbers tell, for neighbours may be
/// two threads of one core, and the first is where interrupts of devices tend to go.
/// Throws std::system_error.
Cores choose_cores();

/// Lets the calling thread, and what it starts, run on this core alone. False: errno says why not.
bool pin_to(int core);

}  // namespace iomux::compare
