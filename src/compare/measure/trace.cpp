#include "compare/measure/trace.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>
#include <thread>

#include "cli/error_text.hpp"
#include "compare/meters/call_recorder.hpp"
#include "compare/meters/meters.hpp"
#include "compare/meters/tracer.hpp"
#include "compare/process/wait.hpp"
#include "compare/servers/server_process.hpp"
#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;
using posix::Clock;

// Far longer than an answer takes; only a faulty server exceeds it.
constexpr auto patience = 10s;
constexpr int messages_before = 3;

// The shell that has started a server of the user may wait beside it.
pid_t traced_process_of(const ServerProcess& server) {
    std::vector<pid_t> processes = server.processes();
    if (processes.size() != 1) processes = server.listening_processes();
    if (processes.size() != 1)
        throw std::runtime_error(
            fmt::format("{} of the server's processes listen; only a server with one such process can be traced",
                        processes.size()));
    return processes.front();
}

// A client of a traced server.
class Visit {
public:
    Visit(const ServerSpec& server, const Work& work)
        : message_(work.size.highest(), 'x'),
          process_(server, work, {}),
          traced_(traced_process_of(process_)),
          recorder_(traced_),
          tracer_(traced_, [this](pid_t thread, int status) { recorder_.stopped(thread, status); }) {
        wait_until_at_rest(0);
    }

    std::vector<TracedStep> steps() {
        std::vector<TracedStep> steps;
        steps.push_back(traced(ClientStep::connect, [&] { connect(); }));
        for (int i = 0; i < messages_before; ++i) traced(ClientStep::message, [&] { exchange(); });
        steps.push_back(traced(ClientStep::message, [&] { exchange(); }));
        steps.push_back(traced(ClientStep::close, [&] { client_.reset(); }));
        return steps;
    }

private:
    template <class Action>
    TracedStep traced(ClientStep step, Action action) {
        const std::size_t before = recorder_.fruitful();
        TracedStep traced{.step = step, .began = Clock::now(), .answered = {}, .calls = {}};
        action();
        traced.answered = Clock::now();
        wait_until_at_rest(before + 1);
        traced.calls = recorder_.calls_since(traced.began);
        return traced;
    }

    void connect() {
        client_ = posix::connect_to(process_.endpoint(), posix::Blocking::yes);
        posix::sleep_at_most(client_.get(), posix::Direction::receiving, patience);
        posix::sleep_at_most(client_.get(), posix::Direction::sending, patience);
    }

    void exchange() {
        const auto whole = static_cast<ssize_t>(message_.size());
        if (::send(client_.get(), message_.data(), message_.size(), MSG_NOSIGNAL) != whole)
            posix::throw_errno("cannot send the message to the server");
        if (::recv(client_.get(), message_.data(), message_.size(), MSG_WAITALL) != whole)
            throw std::runtime_error("the server did not send a complete answer");
    }

    // Waits until `fruitful` calls have found something and no thread is about to make another call.
    void wait_until_at_rest(std::size_t fruitful) {
        const auto deadline = Clock::now() + patience;
        while (recorder_.fruitful() < fruitful || !is_at_rest()) {
            if (process_.wait_for_end(Clock::now())) throw std::runtime_error(process_.exit_text());
            if (Clock::now() > deadline)
                throw std::runtime_error("the server never sleeps, so the end of a message cannot be detected");
            std::this_thread::yield();
        }
    }

    // A thread that is woken while the states are read is woken by a call of another thread, which counts as a stop.
    bool is_at_rest() const {
        const std::size_t stops = recorder_.stops();
        return threads_sleep(std::array{traced_}) && recorder_.stops() == stops;
    }

    std::string message_;
    const ServerProcess process_;
    const pid_t traced_;
    CallRecorder recorder_;
    Tracer tracer_;  // its destructor kills the traced process
    posix::UniqueFd client_;
};

}  // namespace

std::string_view name_of(ClientStep step) {
    switch (step) {
        case ClientStep::connect: return "connect";
        case ClientStep::message: return "message";
        case ClientStep::close: return "close";
    }
    return "";
}

Work traced_work(std::size_t size) {
    Work work;
    work.connections = 1;
    work.size = size;
    work.service = protocol::Service::echo;
    return work;
}

Trace trace_message(const ServerSpec& server, std::size_t size) {
    const Work work = traced_work(size);
    Trace trace{.server = server};
    if (auto why = server.reason_to_skip(work)) {
        trace.unavailable = std::move(why);
        trace.skipped = true;
        return trace;
    }
    if (server.attachment) {
        trace.unavailable = "already running: tracing would end it";
        return trace;
    }
    try {
        trace.steps = Visit(server, work).steps();
    } catch (const std::exception& error) {
        trace.unavailable = cli::error_text(error);
    }
    return trace;
}

}  // namespace iomux::compare
