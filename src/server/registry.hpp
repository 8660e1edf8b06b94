#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/server.hpp"
#include "server/sockets.hpp"

namespace iomux::server {

/// Who waits for the kernel, and what the kernel tells.
enum class Family {
    blocking,    ///< A thread sleeps in each call.
    polling,     ///< Nobody sleeps: every socket is asked, over and over.
    readiness,   ///< One wait for many sockets; the kernel tells who is ready, we move the bytes.
    completion,  ///< One wait for many operations; the bytes have been moved when we hear of it.
};

std::string_view name_of(Family family);

/// What a server promises. An unguarded one promises to echo to well-behaved clients, and no more.
enum class Guarantees { everything, bare_echo };

/// How many threads a mechanism runs in, and whose they are.
enum class Threads {
    one,             ///< Always one.
    loops,           ///< `--threads` loops beside each other, each a server of its own.
    together,        ///< `--threads` of the mechanism's own, which serve together.
    of_the_clients,  ///< A thread a client, or a pool of them: not for the user to count by `--threads`.
};

/// A test of the conformance suite that a server is known to fail, by no fault of ours.
struct KnownFault {
    std::string_view test;  ///< `EveryStoppedServer.AcceptsNobody`
    std::string_view why;
};

/// One way to serve. The command line, the conformance tests and the comparison all read these.
struct Mechanism {
    std::string_view name;
    Family family;
    std::string_view summary;  ///< One line, for people.
    std::string_view needs;    ///< Kernel and library.
    std::unique_ptr<Server> (*make)(Sockets sockets, const Settings& settings);
    Guarantees guarantees = Guarantees::everything;
    Threads threads = Threads::loops;
    /// Of threads that are counted by `--threads`: how many there are by default.
    std::size_t usual_threads = 1;
    /// How its loops come by their clients, where that is not for the user to say.
    std::optional<Accepting> accepting = {};
    /// `--max-connections` by default; 0: as many as there are descriptors.
    std::size_t usual_max_connections = 0;
    /// Whether `--udp` is served.
    bool datagrams = true;
    /// The options that this mechanism has and others have not, by name.
    std::span<const std::string_view> options = {};
    /// For `Contexts::shared`: loops that are made together. Null: there is no such thing.
    std::unique_ptr<Server> (*make_together)(std::vector<Sockets> sockets, const Settings& settings) = nullptr;
    std::span<const KnownFault> known_faults = {};
    /// Descriptors from this number on cannot be served; 0: no such limit.
    std::size_t descriptor_ceiling = 0;
    /// Why it does not run on this machine, or nothing.
    std::optional<std::string> (*unavailable)() = [] { return std::optional<std::string>(); };
};

const Mechanism* find(std::span<const Mechanism> mechanisms, std::string_view name);

/// Sockets for each of the loops that it takes to do what the settings ask. Throws std::system_error.
std::vector<Sockets> open_sockets(const Mechanism& mechanism, const posix::Endpoint& endpoint, int backlog,
                                  Settings settings);
/// The same for sockets that were handed over.
std::vector<Sockets> share_sockets(const Mechanism& mechanism, Sockets sockets, const Settings& settings);
/// The server, whose loops are made each by its thread's sockets.
std::unique_ptr<Server> make_server(const Mechanism& mechanism, std::vector<Sockets> sockets, Settings settings);

/// Why this mechanism cannot do what the settings ask, or nothing.
std::optional<std::string> contradiction(const Mechanism& mechanism, const Settings& settings);

/// The table that `--list` prints, and the same for programs.
std::string list_as_text(std::span<const Mechanism> mechanisms);
std::string list_as_json(std::span<const Mechanism> mechanisms);

}  // namespace iomux::server
