#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "compare/child_process.hpp"
#include "compare/contestant.hpp"

namespace iomux::compare {

/// A contestant, started and listening on 127.0.0.1.
class ServerProcess {
public:
    /// Returns once it listens. Throws std::runtime_error with the reason where it does not within five seconds.
    ServerProcess(const Contestant& contestant, const Work& work, const std::vector<int>& cores);
    /// Asks it to end, and ends it.
    ~ServerProcess();

    std::uint16_t port() const { return port_; }
    /// The processes that it is made of now.
    std::vector<pid_t> processes() const;
    /// How it ended, where it has.
    std::optional<std::string> death() const;
    const ChildProcess& child() const { return child_; }

private:
    std::uint16_t announced_port();
    void wait_until_it_accepts();

    Origin origin_;
    std::uint16_t port_;
    ChildProcess child_;
};

}  // namespace iomux::compare
