#include "compare/server_process.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

#include "compare/meters.hpp"
#include "posix/endpoint.hpp"
#include "posix/socket.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

constexpr auto time_to_listen = 5s;
constexpr auto time_to_end = 2s;
constexpr auto time_between_looks = 10ms;

// Free now: somebody else may take it before the server does, and then the server says so and its row fails.
std::uint16_t free_port() {
    const posix::UniqueFd listener = posix::listen_on(posix::Endpoint::internet("127.0.0.1", 0), 1);
    return posix::Endpoint::local(listener.get()).port();
}

bool accepts(std::uint16_t port) {
    try {
        posix::connect_to(posix::Endpoint::internet("127.0.0.1", port), posix::Blocking::yes);
        return true;
    } catch (const std::system_error&) {
        return false;
    }
}

Command command_of(const Contestant& contestant, const Work& work, std::uint16_t port, const std::vector<int>& cores) {
    return {.words = contestant.command(work, port),
            .cores = cores,
            .kin = contestant.origin == Origin::brought ? Kin::whole_group : Kin::one_process};
}

[[noreturn]] void throw_not_listening() {
    throw std::runtime_error(fmt::format("not listening after {} s", time_to_listen.count()));
}

}  // namespace

ServerProcess::ServerProcess(const Contestant& contestant, const Work& work, const std::vector<int>& cores)
    : origin_(contestant.origin),
      port_(origin_ == Origin::brought ? free_port() : std::uint16_t{0}),
      child_(command_of(contestant, work, port_, cores)) {
    if (origin_ == Origin::brought)
        wait_until_it_accepts();
    else
        port_ = announced_port();
}

ServerProcess::~ServerProcess() { child_.stop(time_to_end); }

std::vector<pid_t> ServerProcess::processes() const {
    if (origin_ == Origin::brought) return processes_of_group(child_.pid());
    return {child_.pid()};
}

std::optional<std::string> ServerProcess::death() const {
    // A connection that breaks is seen a moment before its process has ended.
    if (!child_.wait_for_end(posix::Clock::now() + 100ms)) return std::nullopt;
    return child_.fate();
}

std::uint16_t ServerProcess::announced_port() {
    const std::optional<std::string> line = child_.read_line(posix::Clock::now() + time_to_listen);
    if (!line) {
        if (const auto how = death()) throw std::runtime_error("died before it listened: " + *how);
        throw_not_listening();
    }
    std::uint16_t port = 0;
    const std::size_t colon = line->rfind(':');
    if (line->starts_with("listening on ") && colon != std::string::npos &&
        std::from_chars(line->data() + colon + 1, line->data() + line->size(), port).ec == std::errc())
        return port;
    throw std::runtime_error(fmt::format("said '{}' where 'listening on ADDRESS:PORT' was expected", *line));
}

void ServerProcess::wait_until_it_accepts() {
    const auto deadline = posix::Clock::now() + time_to_listen;
    while (!accepts(port_)) {
        if (child_.wait_for_end(posix::Clock::now() + time_between_looks))
            throw std::runtime_error("died before it listened: " + child_.fate());
        if (posix::Clock::now() >= deadline) throw_not_listening();
    }
}

}  // namespace iomux::compare
