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

/// A UDP server that does what a test tells it, right or wrong, in a thread of its own.
class ScriptedDatagramServer {
public:
    struct Reply {
        std::size_t to;  ///< The number of a client.
        std::string datagram;
    };
    /// Called for every datagram, with the number of its client: from 0, in the order of their coming.
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
