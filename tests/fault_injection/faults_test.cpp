// For every server: in the first run the first call of a kind fails, in the second run the second, and so on until a
// run makes fewer calls.
#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "failing_server.hpp"
#include "injection.hpp"
#include "mechanism_options.hpp"
#include "tested.hpp"

namespace iomux::faults {
namespace {

using conformance::Conversation;
using conformance::message;
using server::Mechanism;

// Small limits, so that a short conversation reaches all of them.
server::Settings settings_for_faults(const Mechanism& mechanism) {
    server::Settings settings = conformance::settings_for({protocol::Framing::line, protocol::Service::suffix});
    settings.limits.receive_size = 2048;
    settings.limits.high_water = 4096;
    settings.limits.low_water = 1024;
    settings.limits.accept_pause = std::chrono::milliseconds(2);
    conformance::set_workers(settings, 3);
    // At least one thread runs already when another cannot be created.
    if (mechanism.threads != server::Threads::one && mechanism.usual_threads > 1) settings.threads = 3;
    settings.own.change<raw::RingOptions>() = {.entries = 8, .buffers = 8, .buffer_size = 1024};
    return settings;
}

// A client whose connection the server may lose. Wrong bytes and timeouts still throw.
class Client {
public:
    Client(const posix::Endpoint& server, const protocol::ProtocolConfig& protocol) {
        attempt([&] { conversation_.emplace(server, protocol); });
    }

    template <class Step>
    void then(Step step) {
        if (!lost()) attempt([&] { step(*conversation_); });
    }
    void leave() {
        then([](Conversation& conversation) { conversation.client().close(); });
    }

    bool lost() const { return why_lost_.has_value(); }
    const std::string& why_lost() const { return *why_lost_; }

private:
    template <class Step>
    void attempt(Step step) {
        try {
            step();
        } catch (const std::runtime_error& error) {
            const std::string_view what = error.what();
            if (!dynamic_cast<const std::system_error*>(&error) && !what.starts_with("end of file")) throw;
            why_lost_ = what;
            conversation_.reset();
        }
    }

    std::optional<Conversation> conversation_;
    std::optional<std::string> why_lost_;
};

// The result of one run.
struct Outcome {
    bool reached = false;
    int lost = 0;
    std::string why_lost;
    bool started = false;
    std::optional<std::string> failure;  ///< of the server
};

std::optional<std::string> text_of(const std::exception_ptr& failure) {
    if (!failure) return std::nullopt;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    }
}

// Two clients at the same time: one half-closes, the other is connected when the server stops.
Outcome run(const Mechanism& mechanism, const Fault& fault, int nth) {
    const server::Settings settings = settings_for_faults(mechanism);
    const Injection injection(fault, nth);
    FailingServer server(mechanism, settings);
    Client one(server.endpoint(), settings.protocol);
    Client other(server.endpoint(), settings.protocol);
    one.then([](Conversation& talk) { talk.ask_and_await("hi"); });
    other.then([](Conversation& talk) { talk.ask_and_await(message(10'000)); });
    one.then([](Conversation& talk) {
        talk.ask_times(200, 100);
        talk.send_all();
    });
    other.then([](Conversation& talk) { talk.ask_and_await("still here"); });
    one.then([](Conversation& talk) { talk.finish(); });
    other.then([](Conversation& talk) {
        talk.ask_times(20, 50);
        talk.send_all();
        talk.client().await_receipt();
    });
    server.stop();
    other.then([](Conversation& talk) { talk.await_end(); });
    one.leave();
    other.leave();
    Outcome outcome{.started = server.has_started(), .failure = text_of(server.ended())};
    for (const Client* client : {&one, &other}) {
        if (!client->lost()) continue;
        ++outcome.lost;
        outcome.why_lost = client->why_lost();
    }
    outcome.reached = injection.reached();
    return outcome;
}

std::set<int> open_descriptors() {
    std::set<int> all;
    for (int fd = 0; fd < 1024; ++fd)
        if (::fcntl(fd, F_GETFD) >= 0) all.insert(fd);
    return all;
}

// More calls than a run makes of any kind, except in the polling server, whose further calls are all alike.
constexpr int most_calls = 150;

class FaultInjection : public conformance::EveryServer {
protected:
    enum class Loss { none, one_client, server_at_start, server };

    // Runs until no call of the kind is left, and returns how many there were. `most`: the worst loss that is allowed.
    int with_each(const Fault& fault, Loss most) const {
        const std::set<int> before = open_descriptors();
        int nth = 1;
        for (; nth <= most_calls; ++nth) {
            const Outcome outcome = run(*GetParam(), fault, nth);
            const bool failed = outcome.failure.has_value();
            EXPECT_TRUE(!failed || most == Loss::server || (most == Loss::server_at_start && !outcome.started))
                << fault << ", call " << nth << ": " << *outcome.failure;
            // The error states what was tried and what the system returned, separated by a colon.
            EXPECT_TRUE(!failed || fault.call == Call::allocation || outcome.failure->find(": ") != std::string::npos)
                << *outcome.failure;
            EXPECT_TRUE(outcome.lost <= (most == Loss::none ? 0 : 1) || failed)
                << fault << ", call " << nth << ": " << outcome.lost << " clients lost: " << outcome.why_lost;
            EXPECT_EQ(open_descriptors(), before) << fault << ", call " << nth;
            if (!outcome.reached || HasFailure()) break;
        }
        return nth - 1;
    }

    void with_all(Call call, const std::vector<int>& errors, Loss most) const {
        for (const int error : errors) {
            if (uses_a_ring() && error != Fault::one_byte && !ring_requests_can_fail())
                GTEST_SKIP() << "this kernel injects no results into io_uring (Linux 6.10)";
            EXPECT_GT(with_each({call, error}, most), 0) << "no such call was made";
        }
    }

    // Requests to an io_uring move its bytes, not system calls.
    bool uses_a_ring() const { return GetParam()->family == server::Family::completion && injects_into_rings(); }
    // A ring retries by itself: requests do not complete with EINTR or EAGAIN.
    std::vector<int> interruptions() const { return uses_a_ring() ? std::vector<int>{} : std::vector{EINTR, EAGAIN}; }
};
IOMUX_FOR_EVERY_SERVER(FaultInjection);

TEST_P(FaultInjection, LosesNoByteIfReceivesAreCutShort) {
    with_all(Call::receive, interruptions(), Loss::none);
    with_all(Call::receive, {Fault::one_byte}, Loss::none);
}

TEST_P(FaultInjection, LosesNoByteIfSendsAreCutShort) {
    with_all(Call::send, interruptions(), Loss::none);
    with_all(Call::send, {Fault::one_byte}, Loss::none);
}

TEST_P(FaultInjection, LosesAtMostOneClientIfAReceiveFails) {
    with_all(Call::receive, {ECONNRESET, ETIMEDOUT, ENOMEM}, Loss::one_client);
}

TEST_P(FaultInjection, LosesNoClientIfTheKernelCannotLimitReceives) {
    if (!uses_a_ring() || GetParam()->name != "io_uring") GTEST_SKIP() << "does not limit receives";
    if (!ring_requests_can_fail()) GTEST_SKIP() << "this kernel injects no results into io_uring (Linux 6.10)";
    // The first receive checks whether the kernel can limit one.
    const Outcome outcome = run(*GetParam(), {Call::receive, EINVAL}, 1);
    EXPECT_TRUE(outcome.reached);
    EXPECT_EQ(outcome.lost, 0u) << outcome.why_lost;
}

TEST_P(FaultInjection, LosesAtMostOneClientIfASendFails) {
    with_all(Call::send, {EPIPE, ECONNRESET, ENOBUFS}, Loss::one_client);
}

TEST_P(FaultInjection, LosesNoClientIfAnAcceptIsCutShort) {
    with_all(Call::accept, interruptions(), Loss::none);
    with_all(Call::accept, {ECONNABORTED}, Loss::none);
}

TEST_P(FaultInjection, LosesNoClientIfDescriptorsOrMemoryRunOutInAccept) {
    with_all(Call::accept, {EMFILE, ENFILE, ENOBUFS, ENOMEM}, Loss::none);
}

TEST_P(FaultInjection, EndsTheServerIfItsListenerIsBroken) { with_all(Call::accept, {EBADF}, Loss::server); }

TEST_P(FaultInjection, LosesNoClientIfAWaitIsInterrupted) { with_all(Call::wait, {EINTR}, Loss::none); }

TEST_P(FaultInjection, EndsTheServerIfItCannotWait) { with_all(Call::wait, {ENOMEM}, Loss::server); }

TEST_P(FaultInjection, LosesAtMostOneClientIfAnEpollSetIsFull) {
    with_each({Call::watch, ENOSPC}, Loss::server_at_start);
    with_each({Call::watch, ENOMEM}, Loss::server_at_start);
}

TEST_P(FaultInjection, LosesAtMostOneClientOrTheServerIfNoThreadCanBeCreated) {
    with_each({Call::thread, EAGAIN}, Loss::server);
}

TEST_P(FaultInjection, LosesAtMostOneClientOrTheServerIfAnAllocationFails) {
    const int allocations = with_each({Call::allocation, ENOMEM}, Loss::server);
    EXPECT_GT(allocations, 0);
    EXPECT_LT(allocations, most_calls) << "there are more allocations than the test tries";
}

}  // namespace
}  // namespace iomux::faults
