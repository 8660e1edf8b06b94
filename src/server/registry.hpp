#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "posix/unique_fd.hpp"
#include "server/server.hpp"

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
enum class Promise { everything, bare_echo };

/// One way to serve. The command line, the conformance tests and the comparison all read these.
struct Mechanism {
    std::string_view name;
    Family family;
    std::string_view summary;  ///< One line, for people.
    std::string_view needs;    ///< Kernel and library.
    std::unique_ptr<Server> (*make)(posix::UniqueFd listener, const Settings& settings);
    Promise promise = Promise::everything;
    /// Descriptors from this number on cannot be served; 0: no such limit.
    std::size_t descriptor_ceiling = 0;
    /// Why it does not run on this machine, or nothing.
    std::optional<std::string> (*unavailable)() = [] { return std::optional<std::string>(); };
};

const Mechanism* find(std::span<const Mechanism> mechanisms, std::string_view name);

/// Why this mechanism cannot do what the settings ask, or nothing.
std::optional<std::string> contradiction(const Mechanism& mechanism, const Settings& settings);

/// The table that `--list` prints, and the same for programs.
std::string list_as_text(std::span<const Mechanism> mechanisms);
std::string list_as_json(std::span<const Mechanism> mechanisms);

}  // namespace iomux::server
