#include "posix/limits.hpp"

#include <sys/resource.h>

#include "posix/error.hpp"

namespace iomux::posix {

namespace {

rlimit descriptor_limits() {
    rlimit limit{};
    check(::getrlimit(RLIMIT_NOFILE, &limit), "cannot ask for the limit on descriptors");
    return limit;
}

}  // namespace

std::size_t descriptor_limit() { return descriptor_limits().rlim_cur; }

std::size_t raise_descriptor_limit() {
    const rlimit limit = descriptor_limits();
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    if (limit.rlim_cur < limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &raised) == 0) return raised.rlim_cur;
    return limit.rlim_cur;
}

}  // namespace iomux::posix
