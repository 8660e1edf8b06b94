#include "compare/meters/thread_limit.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "compare/process/process_tree.hpp"

namespace iomux::compare {
namespace {

namespace fs = std::filesystem;

std::optional<std::size_t> number_in_file(const fs::path& path) {
    std::ifstream file(path);
    std::size_t number = 0;
    return file >> number ? std::optional(number) : std::nullopt;
}

class Lowest {
public:
    void add(std::size_t limit, std::size_t used, std::string name) {
        const std::size_t left = limit - std::min(limit, used);
        if (!limit_ || left < limit_->left) limit_ = ThreadLimit{left, std::move(name)};
    }
    const std::optional<ThreadLimit>& limit() const { return limit_; }

private:
    std::optional<ThreadLimit> limit_;
};

// Those of version 2, and of the controller in version 1.
void add_cgroups(Lowest& lowest) {
    std::ifstream file("/proc/self/cgroup");
    const std::string cgroup(std::istreambuf_iterator<char>(file), {});
    for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified"})
        for (const std::string& folder : parse_cgroups(cgroup, root)) {
            const std::optional<std::size_t> limit = number_in_file(folder + "/pids.max");
            const std::optional<std::size_t> used = number_in_file(folder + "/pids.current");
            if (limit && used) lowest.add(*limit, *used, fmt::format("pids.max in {}", folder));
        }
}

void add_user(Lowest& lowest) {
    rlimit limit{};
    // It does not bind root.
    if (::getuid() == 0 || ::getrlimit(RLIMIT_NPROC, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY) return;
    lowest.add(limit.rlim_cur, threads_of_user(::getuid()), "ulimit -u");
}

void add_kernel(Lowest& lowest) {
    std::ifstream file("/proc/loadavg");
    std::string one_minute, five, fifteen;
    std::size_t running = 0, threads = 0;
    char slash = 0;
    if (!(file >> one_minute >> five >> fifteen >> running >> slash >> threads)) return;
    for (const char* name : {"threads-max", "pid_max"})
        if (const auto limit = number_in_file(fs::path("/proc/sys/kernel") / name))
            lowest.add(*limit, threads, fmt::format("sysctl kernel.{}", name));
}

void add_address_space(Lowest& lowest) {
    constexpr std::size_t maps_of_a_thread = 2;  // its stack, and the guard below it
    constexpr std::size_t maps_of_a_program = 200;
    if (const auto limit = number_in_file("/proc/sys/vm/max_map_count"))
        lowest.add(*limit / maps_of_a_thread, maps_of_a_program, "sysctl vm.max_map_count");
}

}  // namespace

std::vector<std::string> parse_cgroups(std::string_view cgroup, std::string_view root) {
    std::vector<std::string> folders;
    std::istringstream lines{std::string(cgroup)};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (first == line.npos || second == line.npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        if (!controllers.empty() && controllers != "pids") continue;
        for (std::string path = line.substr(second + 1); !path.empty(); path.resize(path.rfind('/')))
            if (path != "/") folders.push_back(std::string(root) + path);
        folders.emplace_back(root);
    }
    return folders;
}

std::size_t threads_of_user(uid_t user) {
    std::size_t threads = 0;
    for (const pid_t pid : all_processes()) {
        struct stat owner {};
        // The folder of tasks has two links besides one for each thread.
        if (::stat(fmt::format("/proc/{}/task", pid).c_str(), &owner) == 0 && owner.st_uid == user)
            threads += owner.st_nlink - 2;
    }
    return threads;
}

std::optional<ThreadLimit> lowest_thread_limit() {
    Lowest lowest;
    add_cgroups(lowest);
    add_user(lowest);
    add_kernel(lowest);
    add_address_space(lowest);
    return lowest.limit();
}

}  // namespace iomux::compare
