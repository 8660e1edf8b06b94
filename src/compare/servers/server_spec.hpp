#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compare/servers/running_process.hpp"
#include "compare/servers/work.hpp"

namespace iomux::compare {

enum class Origin {
    registry,  ///< A mechanism in a program of this project. It takes this project's options and prints its address.
    brought,   ///< The user's, started by a shell command. Only its port is known.
    attached,  ///< The user's, already running. It is neither started nor stopped, and stays on its own cores.
};

/// `registry`, `brought`, `attached`
std::string_view name_of(Origin origin);

/// A server that is already running.
struct Attachment {
    std::shared_ptr<const RunningProcess> process;  ///< Shared by all rounds.
    std::string host;
    std::uint16_t port = 0;
};

/// Servers of this project need milliseconds.
inline constexpr std::chrono::seconds usual_start_timeout{5};

/// A server to be compared.
struct ServerSpec {
    std::string name;
    /// The path of the program. For a brought server: its command with `{port}` or `{unix}`. For an attached one:
    /// `pid@host:port`.
    std::string path;
    std::string program = {};  ///< The program's short name: `raw`, `asio-select`. Empty for the user's servers.
    Origin origin = Origin::registry;
    std::string summary = {};
    bool guarded = true;                    ///< False: it only supports the echo service with chunk framing.
    std::size_t descriptor_ceiling = 0;     ///< The highest supported number of descriptors; 0: no such limit.
    std::size_t usual_max_connections = 0;  ///< The default limit on clients, which an option can raise; 0: no limit.
    bool datagrams = false;                 ///< It supports UDP if an option asks for it.
    std::optional<std::size_t> usual_threads;  ///< The default number of threads; nothing: as many as its clients need.
    std::vector<std::string> own_options = {};    ///< Names of options that only some servers have.
    std::optional<std::string> unavailable = {};  ///< Why it cannot run here.
    std::vector<std::string> options = {};        ///< Additional options from the user.
    bool overshadowed = false;  ///< An earlier server has the same name, so this one needs its full name.
    std::optional<Attachment> attachment = {};  ///< Set for an attached server that is to be measured.
    std::chrono::nanoseconds start_timeout = usual_start_timeout;  ///< How long it may take until it listens.

    /// `asio/callbacks`
    std::string full_name() const;
    /// The shortest text that `--servers` accepts for this server: `epoll --threads 2`, `asio-select/callbacks`.
    std::string title() const;
    /// Nothing if the number depends on the clients or is unknown.
    std::optional<std::size_t> threads() const;

    /// The reason why the server cannot do this work with any options, or nothing.
    std::optional<std::string> unsuitable_for(const Work& work) const;
    /// The same, or the reason why it cannot do this work with its options, or nothing.
    std::optional<std::string> reason_to_skip(const Work& work) const;
    /// The number of connections for measuring memory: that of the work, or as many as the server supports.
    std::size_t idle_connections(const Work& work) const;
    /// The command that starts the server; not for attached servers. `port` is for brought servers; servers of this
    /// project let the kernel choose one. `socket` is the path of the Unix socket, if the work uses one.
    std::vector<std::string> command(const Work& work, std::uint16_t port, const std::string& socket = {}) const;
};

/// The servers that a program lists (`--list --json`). Throws std::runtime_error if the list is missing or malformed.
std::vector<ServerSpec> ask(const std::filesystem::path& path, std::string_view program);
std::vector<ServerSpec> parse_list(const std::filesystem::path& path, std::string_view program, std::string_view json);

/// The word that selects all servers in `--servers`.
inline constexpr std::string_view every_server = "all";

/// Parses `name=command`, where the command contains `{port}`, `{unix}` or both. Throws cli::UsageError.
ServerSpec parse_brought(std::string_view text);

/// Sets the value of `--start-timeout` for all brought servers. Throws cli::UsageError if it is 0, or if there are
/// none.
void set_start_timeout(std::span<ServerSpec> brought, std::chrono::nanoseconds timeout);

/// Parses `name=pid@host:port`. Throws cli::UsageError, also if the process does not exist or may not be observed, or
/// if the host cannot be resolved.
ServerSpec parse_attached(std::string_view text);

}  // namespace iomux::compare
