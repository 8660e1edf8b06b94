#include "compare/process/process_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "posix/error.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::compare {
namespace {

struct Entry {
    pid_t pid;
    pid_t parent;
    char state;
    std::string name;
};

// Parses the beginning of /proc/PID/stat. Nothing if the process has ended.
std::optional<Entry> entry_of(pid_t pid) {
    const posix::UniqueFd file(::open(fmt::format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 512> text{};
    const ssize_t size = file ? ::read(file.get(), text.data(), text.size()) : -1;
    if (size <= 0) return std::nullopt;
    const std::string_view stat(text.data(), static_cast<std::size_t>(size));
    // The name may itself contain parentheses.
    const std::size_t begin = stat.find('('), end = stat.rfind(')');
    if (begin == stat.npos || end == stat.npos) return std::nullopt;
    Entry entry{.pid = pid, .parent = 0, .state = 0, .name = std::string(stat.substr(begin + 1, end - begin - 1))};
    std::istringstream fields{std::string(stat.substr(end + 1))};
    return fields >> entry.state >> entry.parent ? std::optional(std::move(entry)) : std::nullopt;
}

// In the state X, its parent has waited for it, and has its CPU time.
bool is_listed(const Entry& entry, Zombies zombies) {
    return entry.state != 'X' && (entry.state != 'Z' || zombies == Zombies::listed);
}

std::vector<Entry> all_entries() {
    std::vector<Entry> all;
    for (const pid_t pid : all_processes())
        if (std::optional<Entry> entry = entry_of(pid)) all.push_back(std::move(*entry));
    return all;
}

}  // namespace

std::vector<pid_t> all_processes() {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), ::closedir);
    if (!folder) posix::throw_errno("cannot list the processes in /proc");
    std::vector<pid_t> all;
    while (const dirent* const found = ::readdir(folder.get())) {
        pid_t pid = 0;
        const char* const end = found->d_name + std::strlen(found->d_name);
        // Other entries have names, such as `self`.
        if (const auto [rest, error] = std::from_chars(found->d_name, end, pid); error == std::errc() && rest == end)
            all.push_back(pid);
    }
    std::ranges::sort(all);
    return all;
}

std::vector<pid_t> descendants_of(pid_t root, Zombies zombies) {
    std::vector<Entry> all = all_entries();
    std::ranges::stable_sort(all, {}, &Entry::parent);
    std::vector<pid_t> parents{root}, found;
    for (std::size_t next = 0; next < parents.size(); ++next) {
        const pid_t parent = parents[next];
        for (auto child = std::ranges::lower_bound(all, parent, {}, &Entry::parent);
             child != all.end() && child->parent == parent; ++child) {
            if (child->pid == ::getpid()) continue;
            parents.push_back(child->pid);
            if (is_listed(*child, zombies)) found.push_back(child->pid);
        }
    }
    std::ranges::sort(found);
    return found;
}

std::vector<pid_t> family_of(pid_t root, Zombies zombies) {
    std::vector<pid_t> family = descendants_of(root, zombies);
    const std::optional<Entry> entry = entry_of(root);
    if (entry && is_listed(*entry, zombies)) family.insert(family.begin(), root);
    return family;
}

std::vector<pid_t> ancestors_of(pid_t process) {
    std::vector<pid_t> ancestors;
    for (std::optional<Entry> entry = entry_of(process); entry && entry->parent > 0; entry = entry_of(entry->parent))
        ancestors.push_back(entry->parent);
    return ancestors;
}

bool is_stopped(pid_t process) {
    const std::optional<Entry> entry = entry_of(process);
    return entry && (entry->state == 'T' || entry->state == 't');
}

std::string process_text(pid_t process) {
    const std::optional<Entry> entry = entry_of(process);
    return entry ? fmt::format("process {} ({})", process, entry->name) : fmt::format("process {}", process);
}

void require_proc() {
    const std::optional<Entry> self = entry_of(::getpid());
    if (!self || self->parent != ::getppid())
        throw std::runtime_error(
            "cannot read the CPU time of processes, because /proc does not show them; mount it first: mount -t proc "
            "proc /proc");
}

}  // namespace iomux::compare
