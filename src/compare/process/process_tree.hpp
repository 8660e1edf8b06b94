#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace iomux::compare {

/// The IDs of all processes that /proc shows, in ascending order. Throws std::system_error if it cannot be read.
std::vector<pid_t> all_processes();

/// Processes that have ended and wait to be reaped.
enum class Zombies { left_out, listed };

/// The descendants of the process. This process and its descendants are left out, unless it is the root: if the user's
/// shell is the root, they are no part of what it serves. Throws std::runtime_error if /proc cannot be read.
std::vector<pid_t> descendants_of(pid_t root, Zombies zombies = Zombies::left_out);

/// The process, if it has not ended, and its descendants.
std::vector<pid_t> family_of(pid_t root, Zombies zombies = Zombies::left_out);

/// The ancestors of the process, the parent first.
std::vector<pid_t> ancestors_of(pid_t process);

/// Whether a signal such as SIGSTOP, or a debugger, has stopped the process.
bool is_stopped(pid_t process);

/// For people: `process 4711 (nginx)`.
std::string process_text(pid_t process);

/// Throws std::runtime_error with what to do if /proc is missing or is that of other processes.
void require_proc();

}  // namespace iomux::compare
