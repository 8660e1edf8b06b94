#include "compare/servers/server_process.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <stdexcept>
#include <system_error>

#include "cli/values.hpp"
#include "compare/meters/meters.hpp"
#include "compare/process/wait.hpp"
#include "posix/socket.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

constexpr auto time_to_end = 5s;
constexpr auto poll_interval = 10ms;
constexpr auto time_to_close = 1s;

// The first of the ports that the kernel chooses from (ip_local_port_range, ip(7)).
std::uint16_t first_ephemeral_port() {
    constexpr std::uint16_t usual = 32768;
    std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
    unsigned first = 0;
    return file >> first && first <= std::numeric_limits<std::uint16_t>::max() ? static_cast<std::uint16_t>(first)
                                                                               : usual;
}

// The port is free now. If another process takes it first, the server reports that and its row fails. While the server
// starts, the kernel gives its own ports to others. One of these would be taken for the server if it listens, even for
// a moment. So the port is below them, if one is free there.
std::uint16_t free_port() {
    constexpr std::uint16_t lowest = 16384;
    constexpr int most_attempts = 100;
    const std::uint16_t end = first_ephemeral_port();
    std::random_device random;
    for (int attempt = 0; end > lowest && attempt < most_attempts; ++attempt) {
        const auto port =
            std::uniform_int_distribution<std::uint16_t>(lowest, static_cast<std::uint16_t>(end - 1))(random);
        try {
            static_cast<void>(posix::listen_on(posix::Endpoint::internet("127.0.0.1", port), 1));
            return port;
        } catch (const std::system_error&) {
            continue;  // it is taken
        }
    }
    const posix::UniqueFd listener = posix::listen_on(posix::Endpoint::internet("127.0.0.1", 0), 1);
    return posix::Endpoint::local(listener.get()).port();
}

// Waits until the server has closed the connection too. What it has started for the connection, such as a process, is
// then about to end, and is not taken for a part of the server. A server that keeps the connection costs each start
// this time (`time_to_close`).
bool accepts(const posix::Endpoint& endpoint) {
    try {
        const posix::UniqueFd connection = posix::connect_to(endpoint, posix::Blocking::yes);
        ::shutdown(connection.get(), SHUT_WR);  // it fails only if the server has closed the connection
        wait_readable(connection.get(), posix::Clock::now() + time_to_close);
        return true;
    } catch (const std::system_error&) {
        return false;
    }
}

Command command_of(const ServerSpec& spec, const Work& work, const posix::Endpoint& endpoint,
                   const std::vector<int>& cores, std::vector<std::string> words, std::size_t padding) {
    std::ranges::move(spec.command(work, endpoint.port(), endpoint.path()), std::back_inserter(words));
    return {.words = std::move(words),
            .cores = cores,
            .kind = spec.origin == Origin::brought ? ChildKind::whole_group : ChildKind::one_process,
            .padding = padding};
}

}  // namespace

ServerProcess::ServerProcess(const ServerSpec& spec, const Work& work, const std::vector<int>& cores,
                             const std::vector<std::string>& runner, std::size_t padding)
    : origin_(spec.origin), start_timeout_(spec.start_timeout) {
    if (spec.attachment) {
        if (!runner.empty()) throw std::runtime_error("already running: strace can only count servers that it starts");
        attach(*spec.attachment);
        return;
    }
    if (work.unix_socket)
        endpoint_ = posix::Endpoint::unix_path(folder_.emplace().path() / "socket");
    else if (origin_ == Origin::brought)
        endpoint_ = posix::Endpoint::internet(host_, free_port());
    child_.emplace(command_of(spec, work, endpoint_, cores, runner, padding));
    if (origin_ == Origin::brought)
        wait_until_it_accepts();
    else
        endpoint_ = announced_endpoint();
}

ServerProcess::~ServerProcess() {
    if (child_) child_->stop(time_to_end);
}

void ServerProcess::attach(const Attachment& attachment) {
    host_ = attachment.host;
    running_ = attachment.process;
    endpoint_ = posix::Endpoint::internet(host_, attachment.port);
    if (wait_for_end(posix::Clock::now())) throw std::runtime_error(exit_text());
}

std::vector<std::string> ServerProcess::address_options() const {
    if (endpoint_.is_unix()) return {"--unix=" + endpoint_.path()};
    return {"--address=" + host_, fmt::format("--port={}", endpoint_.port())};
}

std::vector<pid_t> ServerProcess::processes() const {
    switch (origin_) {
        case Origin::registry: return {child_->pid()};
        case Origin::brought: {
            std::vector<pid_t> processes = processes_of_group(child_->pid());
            std::erase(processes, child_->guard());
            return processes;
        }
        case Origin::attached: return running_->family();
    }
    return {};
}

std::optional<std::string> ServerProcess::death() const {
    // The load sees a broken connection shortly before the process has ended.
    if (!wait_for_end(posix::Clock::now() + 100ms)) return std::nullopt;
    return exit_text();
}

bool ServerProcess::wait_for_end(posix::Deadline deadline) const {
    return child_ ? child_->wait_for_end(deadline) : running_->wait_for_end(deadline);
}

std::string ServerProcess::exit_text() const {
    return child_ ? child_->exit_text() : fmt::format("process {} has ended", running_->pid());
}

posix::Endpoint ServerProcess::announced_endpoint() {
    const std::optional<std::string> line = child_->read_line(posix::Clock::now() + start_timeout_);
    if (!line) {
        if (const auto how = death()) throw std::runtime_error("died before it listened: " + *how);
        throw_not_listening();
    }
    if (endpoint_.is_unix() && line->starts_with("listening on " + endpoint_.text())) return endpoint_;
    std::uint16_t port = 0;
    const std::size_t colon = line->rfind(':');
    if (line->starts_with("listening on ") && colon != std::string::npos &&
        std::from_chars(line->data() + colon + 1, line->data() + line->size(), port).ec == std::errc())
        return posix::Endpoint::internet(host_, port);
    throw std::runtime_error(
        fmt::format("expected \"listening on ADDRESS:PORT\" as the first line of output, got \"{}\"", *line));
}

void ServerProcess::throw_not_listening() const {
    const std::string failure = fmt::format("not listening after {}", fmt::streamed(cli::Duration{start_timeout_}));
    if (origin_ != Origin::brought) throw std::runtime_error(failure);
    throw std::runtime_error(
        fmt::format("{} on {}; if it needs longer to start, use --start-timeout", failure, endpoint_.text()));
}

void ServerProcess::wait_until_it_accepts() {
    const auto deadline = posix::Clock::now() + start_timeout_;
    while (!accepts(endpoint_)) {
        if (wait_for_end(posix::Clock::now() + poll_interval))
            throw std::runtime_error("died before it listened: " + exit_text());
        if (posix::Clock::now() >= deadline) throw_not_listening();
    }
}

}  // namespace iomux::compare
