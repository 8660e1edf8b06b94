#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace iomux::compare {

/// A limit on the number of threads.
struct ThreadLimit {
    std::size_t left = 0;  ///< How many more threads it allows.
    std::string name;      ///< For people: `pids.max of the cgroup /user.slice`, `ulimit -u`.
};

/// The lowest limit on the threads of a new process: of its cgroups, of its user, of the kernel, and of its address
/// space (pthread_create(3), cgroups(7)). Nothing if the kernel reports none.
std::optional<ThreadLimit> lowest_thread_limit();

/// The threads of all processes of the user, as far as /proc shows that they are its own.
std::size_t threads_of_user(uid_t user);

/// The folders of the cgroups of a process that limit its number of threads, from `/proc/self/cgroup`: its own, and
/// those above it. `root` is where the hierarchy is mounted.
std::vector<std::string> parse_cgroups(std::string_view cgroup, std::string_view root);

}  // namespace iomux::compare
