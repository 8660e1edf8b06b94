#include "compare/servers/server_process.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <random>
#include <stdexcept>
#include <system_error>

#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "cli/values.hpp"
#include "compare/meters/socket_owners.hpp"
#include "compare/process/process_tree.hpp"
#include "compare/process/wait.hpp"
#include "compare/servers/programs.hpp"
#include "posix/error.hpp"
#include "posix/limits.hpp"
#include "posix/socket.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

constexpr auto time_to_end = 5s;
constexpr auto poll_interval = 10ms;
constexpr auto time_to_close = 1s;

// The port is free now. If another process takes it first, the server reports that and its row fails. While the server
// starts, the kernel gives its own ports to others. One of these would be taken for the server if it listens, even for
// a moment. So the port is below them, if one is free there.
std::uint16_t free_port() {
    constexpr std::uint16_t lowest = 16384;
    constexpr int most_attempts = 100;
    constexpr posix::PortRange usual{.first = 32768, .last = 60999};
    const std::uint16_t end = posix::ephemeral_ports().value_or(usual).first;
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

// Connects, and waits until the server has closed the connection too. What it has started for the connection, such as a
// process, is then about to end, and is not taken for a part of the server. A server that keeps the connection costs
// each start this time (`time_to_close`).
void connect_once(const posix::Endpoint& endpoint) {
    const posix::UniqueFd connection = posix::connect_to(endpoint, posix::Blocking::yes);
    ::shutdown(connection.get(), SHUT_WR);  // it fails only if the server has closed the connection
    wait_readable(connection.get(), posix::Clock::now() + time_to_close);
}

bool accepts(const posix::Endpoint& endpoint) {
    try {
        connect_once(endpoint);
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
            .kind = spec.origin == Origin::brought ? ChildKind::with_descendants : ChildKind::one_process,
            .padding = padding};
}

// Its clients would wait without end.
void refuse_stopped(pid_t process, std::string_view what_it_is) {
    if (is_stopped(process))
        throw std::runtime_error(fmt::format("{}{} is stopped, so it answers nothing; continue it first: kill -CONT {}",
                                             process_text(process), what_it_is, process));
}

std::string reason_to_run(const Survivor& survivor) {
    return survivor.error == 0 ? "it has been sent SIGKILL, and has not ended yet"
                               : "cannot kill it: " + posix::error_of(survivor.error).message();
}

}  // namespace

ServerProcess::ServerProcess(const ServerSpec& spec, const Work& work, const std::vector<int>& cores,
                             const std::vector<std::string>& runner, std::size_t padding)
    : name_(spec.name), origin_(spec.origin), start_timeout_(spec.start_timeout) {
    if (spec.attachment) {
        if (!runner.empty()) throw std::runtime_error("already running: strace can only count servers that it starts");
        attach(*spec.attachment);
        return;
    }
    if (work.unix_socket)
        endpoint_ = posix::Endpoint::unix_path(socket_in(folder_.emplace().path()));
    else if (origin_ == Origin::brought)
        endpoint_ = posix::Endpoint::internet(host_, free_port());
    child_.emplace(command_of(spec, work, endpoint_, cores, runner, padding));
    if (origin_ == Origin::brought) {
        wait_until_it_accepts();
        find_owners();
    } else {
        endpoint_ = announced_endpoint();
    }
}

std::string ServerProcess::socket_in(const std::filesystem::path& folder) { return folder / "socket"; }

ServerProcess::~ServerProcess() {
    if (!child_) return;
    for (const Survivor& survivor : child_->stop(time_to_end))
        // It may have ended meanwhile.
        if (!family_of(survivor.pid).empty())
            cli::print_error(fmt::format("{}: warning: {}, which \"{}\" has started, still runs: {}\n", program_name,
                                         process_text(survivor.pid), name_, reason_to_run(survivor)));
}

void ServerProcess::attach(const Attachment& attachment) {
    host_ = attachment.host;
    running_ = attachment.process;
    endpoint_ = posix::Endpoint::internet(host_, attachment.port);
    if (wait_for_end(posix::Clock::now())) throw std::runtime_error(exit_text());
    refuse_stopped(running_->pid(), "");
    connect_once(endpoint_);  // throws if nothing listens
    find_owners();
}

// A wrong process would use no CPU time, and look cheap.
void ServerProcess::find_owners() {
    std::vector<SocketInode> sockets = listening_sockets(endpoint_);
    if (sockets.empty() && running_) sockets = listening_sockets(endpoint_, running_->pid());
    if (sockets.empty()) refuse_without_listener();
    const SocketOwners owners = owners_of(sockets);
    const std::vector<pid_t> own = processes();
    const auto is_own = [&own](pid_t process) { return std::ranges::find(own, process) != own.end(); };
    if (owners.processes.empty() && !owners.complete)
        throw std::runtime_error(
            fmt::format("cannot find the process that listens on {}: descriptors of other users' processes cannot be "
                        "read; run as root",
                        endpoint_.text()));
    // There is no owner if the descriptor is in no list, as those that io_uring registers.
    if (!owners.processes.empty() && std::ranges::none_of(owners.processes, is_own))
        refuse_owner(owners.processes.front());
    if (!running_) return;
    // A service manager keeps the socket that it has handed over. What else it started is no part of the server.
    const std::vector<pid_t> ancestors = ancestors_of(running_->pid());
    for (const pid_t owner : owners.processes)
        if (std::ranges::find(ancestors, owner) == ancestors.end()) {
            refuse_stopped(owner, fmt::format(", which also listens on {},", endpoint_.text()));
            if (!is_own(owner)) beside_.push_back(std::make_unique<const RunningProcess>(owner));
        }
}

// The server has accepted a connection.
void ServerProcess::refuse_without_listener() const {
    if (!accepts(endpoint_)) {
        const std::optional<std::string> how = death();
        throw std::runtime_error(
            fmt::format("it stopped listening on {} after one connection{}; a comparison needs a server that accepts "
                        "more (socat does with \"fork\")",
                        endpoint_.text(), how ? ", and has ended: " + *how : ""));
    }
    throw std::runtime_error(
        fmt::format("no process listens on {} in the network namespace of this program{}; for a server behind "
                    "another address, use its own",
                    endpoint_.text(), running_ ? " or of the attached process" : ""));
}

void ServerProcess::refuse_owner(pid_t owner) const {
    if (running_)
        throw std::runtime_error(fmt::format("{} does not listen on {}; {} does: --attach \"{}={}@{}\"",
                                             process_text(running_->pid()), endpoint_.text(), process_text(owner),
                                             name_, owner, endpoint_.text()));
    throw std::runtime_error(
        fmt::format("{} listens on {}, but the command did not start it; start it yourself, and use --attach",
                    process_text(owner), endpoint_.text()));
}

void ServerProcess::check_clients_are_served_by(const std::vector<pid_t>& processes) const {
    if (origin_ == Origin::registry) return;
    std::vector<SocketInode> others = without_those_of(processes, accepted_sockets(endpoint_));
    if (others.empty()) return;
    // Connections may end while they are listed.
    const std::vector<SocketInode> still_open = accepted_sockets(endpoint_);
    std::erase_if(others, [&](SocketInode one) { return std::ranges::find(still_open, one) == still_open.end(); });
    const SocketOwners owners = owners_of(others);
    for (const pid_t owner : owners.processes)
        if (std::ranges::find(processes, owner) == processes.end())
            throw std::runtime_error(
                fmt::format("{} serves clients too, but is none of the server's processes, whose CPU time is measured",
                            process_text(owner)));
}

std::vector<std::string> ServerProcess::address_options() const {
    if (endpoint_.is_unix()) return {"--unix=" + endpoint_.path()};
    return {"--address=" + host_, fmt::format("--port={}", endpoint_.port())};
}

std::vector<pid_t> ServerProcess::processes() const {
    return running_ ? attached_processes(Zombies::left_out) : child_->processes();
}

std::vector<pid_t> ServerProcess::listening_processes() const {
    const SocketOwners owners = owners_of(listening_sockets(endpoint_));
    std::vector<pid_t> own = processes();
    std::erase_if(
        own, [&](pid_t process) { return std::ranges::find(owners.processes, process) == owners.processes.end(); });
    return own;
}

std::vector<pid_t> ServerProcess::charged_processes() const {
    if (running_) return attached_processes(Zombies::listed);
    return origin_ == Origin::registry ? child_->processes() : descendants_of(child_->pid(), Zombies::listed);
}

ChargedTime ServerProcess::charged_time(const std::vector<pid_t>& expected) const {
    // The guard waits for those whose own parent has ended.
    const pid_t guard = origin_ == Origin::brought ? child_->pid() : 0;
    return compare::charged_time(
        expected, [this] { return charged_processes(); }, guard);
}

TimeSpent ServerProcess::time_of_ended_processes() const { return charged_time(charged_processes()).of_ended; }

std::vector<pid_t> ServerProcess::attached_processes(Zombies zombies) const {
    std::vector<pid_t> all = running_->family(zombies);
    for (const auto& one : beside_) std::ranges::copy(one->family(zombies), std::back_inserter(all));
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
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
    if (endpoint_.is_unix() && line->starts_with("listening on " + cli::well_formed_line(endpoint_.text())))
        return endpoint_;
    std::uint16_t port = 0;
    const std::size_t colon = line->rfind(':');
    if (line->starts_with("listening on ") && colon != std::string::npos &&
        std::from_chars(line->data() + colon + 1, line->data() + line->size(), port).ec == std::errc())
        return posix::Endpoint::internet(host_, port);
    throw std::runtime_error(fmt::format(
        "expected \"listening on ADDRESS:PORT\" as the first line of output, got \"{}\"", cli::excerpt(*line)));
}

void ServerProcess::throw_not_listening() const {
    const std::string failure = fmt::format("not listening after {}", fmt::streamed(cli::Duration{start_timeout_}));
    if (origin_ != Origin::brought) throw std::runtime_error(failure);
    throw std::runtime_error(
        fmt::format("{} on {}; if it needs longer to start, use --start-timeout", failure, endpoint_.text()));
}

// A command may only ask another process to start the server, such as a service manager.
std::string ServerProcess::hint_at_success() const {
    return child_->succeeded() ? "; if another process starts the server, start it yourself, and use --attach" : "";
}

void ServerProcess::wait_until_it_accepts() {
    const auto deadline = posix::Clock::now() + start_timeout_;
    while (!accepts(endpoint_)) {
        if (wait_for_end(posix::Clock::now() + poll_interval))
            throw std::runtime_error("died before it listened: " + exit_text() + hint_at_success());
        if (posix::Clock::now() >= deadline) throw_not_listening();
    }
}

}  // namespace iomux::compare
