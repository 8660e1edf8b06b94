#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/own_options.hpp"
#include "server/server.hpp"
#include "server/sockets.hpp"

namespace iomux::server {

/// How a mechanism waits, and what the kernel reports.
enum class Family {
    blocking,    ///< A thread sleeps in each call on its socket.
    polling,     ///< No thread sleeps in a call: every socket is tried, again and again.
    readiness,   ///< One wait for many sockets: the kernel reports which are ready, the server moves the bytes.
    completion,  ///< One wait for many operations: once the kernel reports one, its bytes have been moved.
};

std::string_view name_of(Family family);

/// What a server guarantees. `bare_echo`: it only echoes to well-behaved clients.
enum class Guarantees { everything, bare_echo };

/// How many threads a mechanism runs in, and what they are for.
enum class Threads {
    one,             ///< Always one thread.
    loops,           ///< `--threads` loops, each an independent server.
    together,        ///< `--threads` threads that serve the same connections.
    of_the_clients,  ///< A thread per connection, or a pool. `--threads` does not apply.
};

/// A test that a server is known to fail because of a fault in a library.
struct KnownFault {
    std::string_view test;  ///< `EveryStoppedServer.AcceptsNoClient`
    std::string_view why;
};

/// One way to serve. The command line, the conformance tests and the comparison read this description.
struct Mechanism {
    std::string_view name;
    Family family;
    std::string_view summary;  ///< One line, for `--list` and `--help`.
    std::string_view needs;    ///< Kernel and library versions.
    std::unique_ptr<Server> (*make)(Sockets sockets, const Settings& settings);
    Guarantees guarantees = Guarantees::everything;
    Threads threads = Threads::loops;
    /// The default of `--threads`.
    std::size_t usual_threads = 1;
    /// How its loops accept, if the mechanism determines it and `--accept` does not apply.
    std::optional<Accepting> accepting = {};
    /// The default of `--max-connections`. 0: as many as there are descriptors.
    std::size_t usual_max_connections = 0;
    /// Whether it serves datagrams (`--udp`).
    bool datagrams = true;
    /// The options that this mechanism has, and most others have not. What they set is in `Settings::own`.
    std::span<const OwnOption> options = {};
    /// Makes several loops that may share something. Null if each is made on its own, by `make`.
    std::unique_ptr<Server> (*make_together)(std::vector<Sockets> sockets, const Settings& settings) = nullptr;
    std::span<const KnownFault> known_faults = {};
    /// Descriptors from this number on cannot be served. 0: no limit.
    std::size_t descriptor_ceiling = 0;
    /// Returns why it does not run on this machine, or nothing if it does.
    std::optional<std::string> (*unavailable)() = [] { return std::optional<std::string>(); };
};

const Mechanism* find(std::span<const Mechanism> mechanisms, std::string_view name);
/// The option that the mechanism has registered under this name, or null.
const OwnOption* find_option(const Mechanism& mechanism, std::string_view name);

/// Sockets for each of the loops that `settings` ask for. Throws std::system_error.
std::vector<Sockets> open_sockets(const Mechanism& mechanism, const posix::Endpoint& endpoint, int backlog,
                                  Settings settings);
/// The same, from sockets that were handed over.
std::vector<Sockets> share_sockets(const Mechanism& mechanism, Sockets sockets, const Settings& settings);
/// Makes the server: one loop for each element of `sockets`.
std::unique_ptr<Server> make_server(const Mechanism& mechanism, std::vector<Sockets> sockets, Settings settings);

/// Returns why this mechanism cannot serve the protocol, or nothing if it can.
std::optional<std::string> contradiction(const Mechanism& mechanism, const protocol::ProtocolConfig& protocol);

/// What `--list` prints, as a table and as JSON.
std::string list_as_text(std::span<const Mechanism> mechanisms);
std::string list_as_json(std::span<const Mechanism> mechanisms);

}  // namespace iomux::server
