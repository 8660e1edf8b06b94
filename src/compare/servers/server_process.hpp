#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compare/process/child_process.hpp"
#include "compare/process/temporary_folder.hpp"
#include "compare/servers/server_spec.hpp"
#include "posix/endpoint.hpp"

namespace iomux::compare {

/// A spec that listens: started on 127.0.0.1 or on a Unix socket, or attached where it already does.
class ServerProcess {
public:
    /// Returns once it listens. Throws std::runtime_error with the reason where it does not within five seconds.
    /// `runner` is the beginning of a command that runs the server, and becomes it: a tracer's, for one. What is
    /// attached runs without one, on its own cores.
    ServerProcess(const ServerSpec& spec, const Work& work, const std::vector<int>& cores,
                  const std::vector<std::string>& runner = {});
    /// Asks it to end, and ends it. What is attached goes on.
    ~ServerProcess();

    const posix::Endpoint& endpoint() const { return endpoint_; }
    /// By which our programs are told where it is.
    std::vector<std::string> address_options() const;
    /// It runs on the cores that it was told.
    bool is_pinned() const { return child_.has_value(); }
    /// The processes that it is made of now.
    std::vector<pid_t> processes() const;
    /// How it ended, where it has.
    std::optional<std::string> death() const;
    /// Waits for its end; false: the deadline came first. Throws Interrupted.
    bool wait_for_end(posix::Deadline deadline) const;
    /// For people, once it has ended.
    std::string exit_text() const;

private:
    void attach(const Attachment& attachment);
    posix::Endpoint announced_endpoint();
    void wait_until_it_accepts();

    Origin origin_;
    std::string host_ = "127.0.0.1";
    std::optional<TemporaryFolder> folder_;  // where it is a Unix socket
    posix::Endpoint endpoint_;
    std::optional<ChildProcess> child_;              // where we have started it
    std::shared_ptr<const RunningProcess> running_;  // where we have not
};

}  // namespace iomux::compare
