#include "compare/measure/test_setup.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <vector>

#include "compare/meters/meters.hpp"
#include "compare/meters/thread_limit.hpp"
#include "compare/servers/programs.hpp"
#include "compare/terminal/table.hpp"
#include "posix/error.hpp"
#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

constexpr std::size_t descriptors_besides = 64;

// As many as the kernel has for connections to one address.
std::size_t count_ephemeral_ports() {
    const std::optional<posix::PortRange> range = posix::ephemeral_ports();
    return range ? static_cast<std::size_t>(range->last - range->first) + 1 : std::numeric_limits<std::uint16_t>::max();
}

// Raises the limit only if necessary, because the user's servers inherit it.
void provide_descriptors(const Work& work) {
    if (work.most_connections() + descriptors_besides > posix::descriptor_limit()) posix::raise_descriptor_limit();
}

}  // namespace

std::optional<std::string> lack_for_connections(const Work& work) {
    const std::size_t connections = work.most_connections();
    const std::string what = fmt::format("{} connections{}", grouped(connections),
                                         connections > work.served_at_once() ? " (see --idle-memory)" : "");
    const std::size_t descriptors = posix::highest_descriptor_limit();
    if (connections + descriptors_besides > descriptors)
        return fmt::format("{} need {} descriptors, but the limit is {}; raise it (ulimit -n)", what,
                           grouped(connections + descriptors_besides), grouped(descriptors));
    const std::size_t ports = count_ephemeral_ports();
    if (connections > ports && !work.unix_socket)
        return fmt::format(
            "{} need a port each, but there are {}; widen their range (sysctl net.ipv4.ip_local_port_range), or use "
            "--unix",
            what, grouped(ports));
    return std::nullopt;
}

void check_limits(const Work& work) {
    if (const std::optional<std::string> lack = lack_for_connections(work)) throw std::runtime_error(*lack);
}

std::size_t threads_needed(const ServerSpec& server, const Work& work) {
    return server.origin == Origin::registry && !server.threads() ? work.most_connections() : 0;
}

std::optional<std::string> lack_of_threads(std::size_t wanted) {
    const std::optional<ThreadLimit> limit = wanted > 0 ? lowest_thread_limit() : std::nullopt;
    if (!limit || wanted <= limit->left) return std::nullopt;
    return fmt::format("{} threads, but only {} more can be started ({})", grouped(wanted), grouped(limit->left),
                       limit->name);
}

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
    provide_descriptors(work);
    // Read only once: it is a property of the kernel, found in a table of all its symbols.
    static const bool interrupts_apart = interrupts_are_apart();
    return {.load_program = find_program(load_generator),
            .work = work,
            .cores = cores,
            .interrupts_apart = interrupts_apart};
}

}  // namespace iomux::compare
