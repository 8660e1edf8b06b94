#include "scripted_server.hpp"

#include <poll.h>

#include <array>
#include <span>
#include <vector>

#include "posix/io_result.hpp"
#include "posix/socket.hpp"

namespace iomux::testing_support {

ScriptedServer::ScriptedServer(Script script)
    : script_(std::move(script)),
      listener_(posix::listen_on(posix::Endpoint::internet("127.0.0.1", 0), 128)),
      endpoint_(posix::Endpoint::local(listener_.get())),
      thread_([this] { serve(); }) {}

ScriptedServer::~ScriptedServer() {
    stop_.notify();
    thread_.join();
}

void ScriptedServer::serve() {
    for (std::size_t accepted = 0;;) {
        std::vector<pollfd> events{{stop_.fd(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
        std::vector<std::size_t> numbers;
        for (const auto& [number, fd] : connections_) {
            events.push_back({fd.get(), POLLIN, 0});
            numbers.push_back(number);
        }
        posix::check(posix::uninterrupted([&] { return ::poll(events.data(), events.size(), -1); }), "poll");
        if (events[0].revents != 0) return;
        if (events[1].revents != 0)
            connections_.emplace(accepted++, posix::check(::accept(listener_.get(), nullptr, nullptr), "accept"));
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            if (events[i + 2].revents == 0 || react(numbers[i])) continue;
            connections_.clear();
            listener_.reset();
            return;
        }
    }
}

// Returns false if the server is to die.
bool ScriptedServer::react(std::size_t connection) {
    const posix::UniqueFd& fd = connections_.at(connection);
    std::array<std::byte, 64 * 1024> buffer;
    const posix::IoResult received = posix::receive(fd.get(), buffer);
    if (received.size == 0) {
        connections_.erase(connection);
        return true;
    }
    const auto text = std::string_view(reinterpret_cast<const char*>(buffer.data()), received.size);
    const Reaction reaction = script_(connection, text);
    bool gone = false;
    for (auto rest = std::as_bytes(std::span(reaction.reply)); !rest.empty() && !gone;) {
        const posix::IoResult sent = posix::send(fd.get(), rest);
        gone = sent.error != 0;
        rest = rest.subspan(sent.size);
    }
    if (gone || reaction.hang_up) connections_.erase(connection);
    return !reaction.die;
}

}  // namespace iomux::testing_support
