#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/servers/running_process.hpp"
#include "compare/servers/work.hpp"

namespace iomux::compare {

enum class Origin {
    registry,  ///< A mechanism of a program of ours: it takes our options, and says where it listens.
    brought,   ///< The user's, by a shell command: all that is known is its port.
    attached,  ///< The user's, and it runs already: it is neither started nor ended, and runs where it does.
};

/// `registry`, `brought`, `attached`
std::string_view name_of(Origin origin);

/// A server that runs already.
struct Attachment {
    std::shared_ptr<const RunningProcess> process;  ///< The same in every round.
    std::string host;
    std::uint16_t port = 0;
};

/// A server to be compared.
struct ServerSpec {
    std::string name;
    /// Of our program; for a brought one its command, `{port}` or `{unix}` in it; for an attached one `pid@host:port`.
    std::string path;
    std::string program = {};  ///< Of ours, by its short name: `raw`, `asio-select`. Empty for the user's.
    Origin origin = Origin::registry;
    std::string summary = {};
    bool guarded = true;                          ///< False: it only echoes chunks.
    std::size_t descriptor_ceiling = 0;           ///< As many descriptors at most; 0: no such limit.
    std::size_t usual_max_connections = 0;        ///< As many clients unless it is told more; 0: no such limit.
    bool datagrams = false;                       ///< It serves UDP where it is told to.
    std::optional<std::size_t> usual_threads;     ///< Unless it is told more; nothing: as its clients need them.
    std::vector<std::string> own_options = {};    ///< Those that it has and others have not, by name.
    std::optional<std::string> unavailable = {};  ///< Why it does not run here.
    std::vector<std::string> options = {};        ///< What it is told besides, by the user.
    bool overshadowed = false;                    ///< Another is meant where there is its name alone.
    std::optional<Attachment> attachment = {};    ///< Of an attached one that is to be measured.

    /// `asio/callbacks`
    std::string full_name() const;
    /// What `--servers` understands as this one, as short as it goes: `epoll --threads 2`, `asio-select/callbacks`.
    std::string title() const;
    /// Nothing where that depends on its clients, or is not known.
    std::optional<std::size_t> threads() const;

    /// Why there is no sense in giving it this work, or nothing.
    std::optional<std::string> reason_to_skip(const Work& work) const;
    /// Those over which its memory is measured: as many as the work says, or as it can serve.
    std::size_t idle_connections(const Work& work) const;
    /// What to run, where it does not run already. The port is a brought server's; one of the registry takes what the
    /// kernel gives. `socket` is the path of the Unix socket, where the work has one.
    std::vector<std::string> command(const Work& work, std::uint16_t port, const std::string& socket = {}) const;
};

/// What a program says that it has (`--list --json`). Throws std::runtime_error where it does not say it so.
std::vector<ServerSpec> ask(const std::filesystem::path& path, std::string_view program);
std::vector<ServerSpec> parse_list(const std::filesystem::path& path, std::string_view program, std::string_view json);

/// What `--servers` takes for all there are.
inline constexpr std::string_view every_server = "all";

/// `name=command with {port}`, or with `{unix}`, or with both. Throws cli::UsageError.
ServerSpec parse_brought(std::string_view text);

/// `name=pid@host:port`. Throws cli::UsageError, also where there is no such process for us to look at.
ServerSpec parse_attached(std::string_view text);

}  // namespace iomux::compare
