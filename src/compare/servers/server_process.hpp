#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compare/meters/charged_time.hpp"
#include "compare/meters/meters.hpp"
#include "compare/process/child_process.hpp"
#include "compare/process/process_tree.hpp"
#include "compare/process/temporary_folder.hpp"
#include "compare/servers/server_spec.hpp"
#include "posix/endpoint.hpp"

namespace iomux::compare {

/// A running server that listens on 127.0.0.1 or on a Unix socket, or an attached server at its own address.
class ServerProcess {
public:
    /// Returns once the server listens. Throws std::runtime_error with the reason if it does not in time.
    /// `runner` is a command, such as a tracer, that the server's command is appended to. An attached server runs
    /// without a runner, on its own cores. `padding`: see `Command`. Throws also if the processes of a server of the
    /// user do not listen at its address, because others would serve its clients.
    ServerProcess(const ServerSpec& spec, const Work& work, const std::vector<int>& cores,
                  const std::vector<std::string>& runner = {}, std::size_t padding = 0);
    /// Asks the server to end, and kills it if necessary. An attached server continues to run. A process that cannot be
    /// ended is named on standard error.
    ~ServerProcess();

    /// Where the server has its Unix socket in a folder of its own.
    static std::string socket_in(const std::filesystem::path& folder);

    Origin origin() const { return origin_; }
    const posix::Endpoint& endpoint() const { return endpoint_; }
    /// The address as text, which may be a name; not for a Unix socket.
    const std::string& host() const { return host_; }
    /// The options that tell the load generator the server's address.
    std::vector<std::string> address_options() const;
    /// Whether the server runs on the requested cores.
    bool is_pinned() const { return child_.has_value(); }
    /// The current processes of the server. For an attached one: the process that is attached, the others that listen
    /// with it, and their descendants.
    std::vector<pid_t> processes() const;
    /// Those of its processes that have the listening socket open.
    std::vector<pid_t> listening_processes() const;
    /// The CPU time that the server has used, with that of its processes that have ended, as far as others of its
    /// processes have waited for them. `expected`: the processes of an earlier result, or those that it has now.
    ChargedTime charged_time(const std::vector<pid_t>& expected) const;
    /// The CPU time of the server's processes that have ended, of the same result.
    TimeSpent time_of_ended_processes() const;
    /// Throws std::runtime_error if a connection of the server's clients belongs to a process that is none of these.
    /// Clients must be connected. For a server of this project there is nothing to check.
    void check_clients_are_served_by(const std::vector<pid_t>& processes) const;
    /// How the server ended; nothing if it has not ended.
    std::optional<std::string> death() const;
    /// Waits until the server ends; false if the deadline passes first. Throws Interrupted.
    bool wait_for_end(posix::Deadline deadline) const;
    /// For people: how a server that has ended did so.
    std::string exit_text() const;

private:
    void attach(const Attachment& attachment);
    void find_owners();
    [[noreturn]] void refuse_without_listener() const;
    [[noreturn]] void refuse_owner(pid_t owner) const;
    // Also those that have ended and wait to be reaped.
    std::vector<pid_t> charged_processes() const;
    std::vector<pid_t> attached_processes(Zombies zombies) const;
    posix::Endpoint announced_endpoint();
    void wait_until_it_accepts();
    std::string hint_at_success() const;
    [[noreturn]] void throw_not_listening() const;

    std::string name_;
    Origin origin_;
    std::chrono::nanoseconds start_timeout_;
    std::string host_ = "127.0.0.1";
    std::optional<TemporaryFolder> folder_;  // for a Unix socket
    posix::Endpoint endpoint_;
    std::optional<ChildProcess> child_;                          // if this program started it
    std::shared_ptr<const RunningProcess> running_;              // if it is attached
    std::vector<std::unique_ptr<const RunningProcess>> beside_;  // processes that listen with the attached one
};

}  // namespace iomux::compare
