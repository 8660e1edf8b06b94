#include "compare/mechanisms/system_calls.hpp"

#include <sys/ptrace.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <vector>

#include "compare/mechanisms/socket_pair.hpp"

namespace iomux::compare {
namespace {

int wait_for(pid_t child) {
    int status = 0;
    posix::check(posix::uninterrupted([&] { return ::waitpid(child, &status, 0); }), "waitpid");
    return status;
}

SystemCallCounts count_until_end(pid_t child) {
    int status = wait_for(child);
    if (!WIFSTOPPED(status)) throw std::runtime_error("cannot trace a child process (ptrace)");
    constexpr long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    if (::ptrace(PTRACE_SETOPTIONS, child, nullptr, options) < 0 ||
        ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) < 0)
        posix::throw_errno("cannot trace a child process (ptrace)");
    SystemCallCounts counts;
    for (status = wait_for(child); WIFSTOPPED(status); status = wait_for(child)) {
        count_call(child, status, counts);
        run_on(child, status);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("a traced child process failed");
    return counts;
}

// Returns 0 if everything was received.
int receive_all(const std::vector<SocketPair>& clients, std::size_t messages) {
    char byte = 'x';
    for (std::size_t i = 0; i < messages; ++i) {
        for (const SocketPair& client : clients)
            if (::send(client.theirs.get(), &byte, 1, MSG_NOSIGNAL) != 1) return 1;
        for (std::size_t received = 0; received < clients.size();) {
            fd_set set;
            FD_ZERO(&set);
            for (const SocketPair& client : clients) FD_SET(client.ours.get(), &set);
            if (::pselect(FD_SETSIZE, &set, nullptr, nullptr, nullptr, nullptr) < 1) return 1;
            for (const SocketPair& client : clients)
                if (FD_ISSET(client.ours.get(), &set)) {
                    if (::recv(client.ours.get(), &byte, 1, 0) != 1) return 1;
                    ++received;
                }
        }
    }
    return 0;
}

}  // namespace

SystemCallCounts system_calls_of(const std::function<int()>& body) {
    const pid_t child = posix::check(::fork(), "cannot start a process");
    if (child == 0) {
        if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) < 0) ::_exit(EXIT_FAILURE);
        ::raise(SIGSTOP);
        ::_exit(body());
    }
    try {
        return count_until_end(child);
    } catch (...) {
        if (::kill(child, SIGKILL) == 0) wait_for(child);
        throw;
    }
}

CallsPerMessage count_calls_per_message(std::size_t clients, std::size_t messages) {
    const std::vector<SocketPair> sockets(clients);
    for (const SocketPair& pair : sockets)
        if (pair.ours.get() >= FD_SETSIZE)
            throw std::runtime_error("cannot call select: too many descriptors are open (FD_SETSIZE)");
    const SystemCallCounts counts = system_calls_of([&] { return receive_all(sockets, messages); });
    const auto per_message = [&](long number) {
        const auto found = counts.find(number);
        return found == counts.end() ? 0 : static_cast<double>(found->second) / static_cast<double>(clients * messages);
    };
    return {.clients = clients, .waits = per_message(SYS_pselect6), .receives = per_message(SYS_recvfrom)};
}

}  // namespace iomux::compare
