#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "posix/endpoint.hpp"
#include "posix/event_fd.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::testing_support {

/// A UDP server in its own thread whose correct or wrong replies are set by the test.
class ScriptedDatagramServer {
public:
    struct Reply {
        std::size_t to;  ///< Number of the client.
        std::string datagram;
    };
    /// Called for every datagram with the number of its client. Clients are numbered from 0 in order of arrival.
    using Script = std::function<std::vector<Reply>(std::size_t client, std::string_view received)>;

    explicit ScriptedDatagramServer(Script script);
    ~ScriptedDatagramServer();
    ScriptedDatagramServer(const ScriptedDatagramServer&) = delete;
    ScriptedDatagramServer& operator=(const ScriptedDatagramServer&) = delete;

    const posix::Endpoint& endpoint() const { return endpoint_; }

private:
    void serve();
    void react();
    std::size_t number_of(const posix::Endpoint& client);

    Script script_;
    posix::UniqueFd socket_;
    posix::Endpoint endpoint_;
    posix::EventFd stop_;
    std::vector<posix::Endpoint> clients_;
    std::thread thread_;
};

}  // namespace iomux::testing_support
