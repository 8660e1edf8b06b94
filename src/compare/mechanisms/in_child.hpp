#pragma once

#include <functional>
#include <optional>

namespace iomux::compare {

/// How a child process ended: what its body returned, 0 to 255, or the signal that killed it.
struct ChildEnd {
    std::optional<int> returned;
    int signal = 0;
};

/// Runs the body in a fork of this process, to its end: what it does to limits, or to itself, is its own. It prints
/// nothing and leaves no core. The process may have other threads, and so the body may only do what is safe in a signal
/// handler. Throws std::system_error.
ChildEnd run_in_child(const std::function<int()>& body);

}  // namespace iomux::compare
