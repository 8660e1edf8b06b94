#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>

#include "posix/endpoint.hpp"
#include "posix/event_fd.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::testing_support {

/// A server in its own thread whose correct or wrong reactions are set by the test.
class ScriptedServer {
public:
    struct Reaction {
        std::string reply{};
        bool hang_up = false;  ///< Closes the connection after the reply.
        bool die = false;      ///< Closes all connections and the listener after the reply.
    };
    /// Called for every read with the number of the connection. Connections are numbered from 0 in order of arrival.
    using Script = std::function<Reaction(std::size_t connection, std::string_view received)>;

    explicit ScriptedServer(Script script);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    const posix::Endpoint& endpoint() const { return endpoint_; }

private:
    void serve();
    bool react(std::size_t connection);

    Script script_;
    posix::UniqueFd listener_;
    posix::Endpoint endpoint_;
    posix::EventFd stop_;
    std::map<std::size_t, posix::UniqueFd> connections_;
    std::thread thread_;
};

}  // namespace iomux::testing_support
