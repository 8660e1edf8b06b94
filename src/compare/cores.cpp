#include "compare/cores.hpp"

#include <sched.h>

#include "posix/error.hpp"

namespace iomux::compare {

Cores choose_cores() {
    cpu_set_t allowed;
    posix::check(::sched_getaffinity(0, sizeof allowed, &allowed), "cannot ask for the cores that may be used");
    Cores cores;
    for (int core = 0; core < CPU_SETSIZE; ++core) {
        if (!CPU_ISSET(core, &allowed)) continue;
        if (!cores.load) cores.load = core;
        cores.server = core;
    }
    if (cores.load == cores.server) return {};
    return cores;
}

bool pin_to(int core) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(core, &only);
    return ::sched_setaffinity(0, sizeof only, &only) == 0;
}

}  // namespace iomux::compare
