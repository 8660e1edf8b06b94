#include "compare/measure/test_setup.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "compare/meters/meters.hpp"
#include "compare/servers/programs.hpp"
#include "compare/terminal/table.hpp"
#include "posix/error.hpp"
#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

// Raises the limit only if necessary, because the user's servers inherit it.
void provide_descriptors(std::size_t connections) {
    constexpr std::size_t descriptors_besides = 64;
    if (connections + descriptors_besides <= posix::descriptor_limit()) return;
    const std::size_t limit = posix::raise_descriptor_limit();
    if (connections + descriptors_besides > limit)
        throw std::runtime_error(fmt::format(
            "{} connections need {} descriptors, but the limit is {}; raise it (ulimit -n)",
            grouped(static_cast<double>(connections)), grouped(static_cast<double>(connections + descriptors_besides)),
            grouped(static_cast<double>(limit))));
}

}  // namespace

Cores cores_of(const std::optional<std::string>& server_cores, std::size_t load_threads) {
    // Read only once, because pinning this process reduces the cores that it may use.
    static const std::vector<int> allowed = posix::allowed_cores();
    return server_cores ? choose_cores(allowed, parse_cores(*server_cores, allowed), load_threads)
                        : choose_cores(allowed, load_threads);
}

TestSetup make_test_setup(const Work& work, const Cores& cores) {
    // This process sleeps during the measurement. What little time it needs is taken from the load generator, not the
    // server.
    if (!cores.load.empty() && !pin_to(cores.load))
        posix::throw_errno("cannot pin this process to the cores of the load generator");
    provide_descriptors(work.most_connections());
    // Read only once: it is a property of the kernel, found in a table of all its symbols.
    static const bool interrupts_apart = interrupts_are_apart();
    return {.load_program = find_program(load_generator),
            .work = work,
            .cores = cores,
            .interrupts_apart = interrupts_apart};
}

}  // namespace iomux::compare
