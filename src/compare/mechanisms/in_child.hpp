#pragma once

#include <functional>
#include <optional>

namespace iomux::compare {

/// How a child process ended: the return value of its body (0 to 255), or the signal that killed it.
struct ChildEnd {
    std::optional<int> returned;
    int signal = 0;
};

/// Runs the body in a fork of this process until it ends. Changes of limits and other process state stay in the child.
/// The child prints nothing and dumps no core. Because this process may have other threads, the body must be
/// async-signal-safe. Throws std::system_error.
ChildEnd run_in_child(const std::function<int()>& body);

}  // namespace iomux::compare
