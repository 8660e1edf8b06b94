#include "posix/limits.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <fstream>

#include "posix/error.hpp"

namespace iomux::posix {

namespace {

rlimit descriptor_limits() {
    rlimit limit{};
    check(::getrlimit(RLIMIT_NOFILE, &limit), "cannot get the limit on file descriptors");
    return limit;
}

}  // namespace

std::vector<int> allowed_cores(pid_t thread) {
    cpu_set_t allowed;
    check(::sched_getaffinity(thread, sizeof allowed, &allowed), "cannot get the CPU affinity");
    std::vector<int> cores;
    for (int core = 0; core < CPU_SETSIZE; ++core)
        if (CPU_ISSET(core, &allowed)) cores.push_back(core);
    return cores;
}

std::optional<PortRange> ephemeral_ports() {
    std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
    PortRange range{};
    return file >> range.first >> range.last && range.first <= range.last ? std::optional(range) : std::nullopt;
}

std::size_t descriptor_limit() { return descriptor_limits().rlim_cur; }

std::size_t highest_descriptor_limit() { return descriptor_limits().rlim_max; }

std::size_t raise_descriptor_limit() {
    const rlimit limit = descriptor_limits();
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    if (limit.rlim_cur < limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &raised) == 0) return raised.rlim_cur;
    return limit.rlim_cur;
}

RaisedDescriptorLimit::RaisedDescriptorLimit() : before_(descriptor_limit()) { raise_descriptor_limit(); }

RaisedDescriptorLimit::~RaisedDescriptorLimit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    limit.rlim_cur = before_;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace iomux::posix
