#include "compare/claims/claims_measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "cli/error_text.hpp"
#include "compare/mechanisms/triggers.hpp"
#include "compare/process/wait.hpp"
#include "compare/servers/server_list.hpp"

namespace iomux::compare {
namespace {

using std::chrono::milliseconds;

// A claim's id, statement and experiment do not depend on the measurement. `on_nothing` judges a default-constructed
// measurement, which gives these texts without measuring.
struct Trial {
    std::function<Claim()> measure;
    std::function<Claim()> on_nothing;
};

template <class Probe, class Judge>
Trial trial(Probe probe, Judge judge) {
    return {.measure = [probe, judge] { return judge(probe()); },
            .on_nothing = [judge] { return judge(std::decay_t<decltype(probe())>{}); }};
}

Claim untried(const Trial& trial, std::string why = {}) {
    Claim claim = trial.on_nothing();
    claim.figures.clear();
    claim.verdict = ClaimVerdict::not_measured;
    claim.why = std::move(why);
    return claim;
}

Claim tried(const Trial& trial) {
    try {
        return trial.measure();
    } catch (const std::exception& failure) {
        return untried(trial, std::string("The experiment failed here: ") + cli::error_text(failure) + '.');
    }
}

TriggerCounts count_triggers() {
    constexpr std::size_t waits = 3;
    const auto reports = [](const char* name) { return reports_of_unread_bytes(mechanism_named(name), waits); };
    return {.waits = waits, .select = reports("select"), .epoll = reports("epoll"), .epoll_et = reports("epoll-et")};
}

std::vector<UnreadAfterEvent> strand_bytes() {
    constexpr std::size_t read_size = 1024;  // as in the article
    std::vector<UnreadAfterEvent> all;
    for (const std::size_t sent : {std::size_t{1}, read_size, read_size + 1, std::size_t{3000}})
        all.push_back({.sent = sent,
                       .edge = unread_bytes(mechanism_named("epoll-et"), sent, read_size),
                       .level = unread_bytes(mechanism_named("epoll"), sent, read_size)});
    return all;
}

std::vector<UnreadAfterEvent> strand_clients() {
    std::vector<UnreadAfterEvent> all;
    for (const std::size_t clients : {1, 2, 3, 8})
        all.push_back({.sent = clients,
                       .edge = unaccepted_clients(mechanism_named("epoll-et"), clients),
                       .level = unaccepted_clients(mechanism_named("epoll"), clients)});
    return all;
}

std::vector<CallsPerMessage> count_calls() {
    constexpr std::size_t rounds = 50;
    std::vector<CallsPerMessage> calls;
    for (const std::size_t clients : {1, 2, 4, 8, 16, 32}) calls.push_back(count_calls_per_message(clients, rounds));
    return calls;
}

std::vector<SelectWork> share_work() {
    std::vector<SelectWork> all;
    for (const std::size_t watched : {1, 10, 100, 500}) all.push_back(probe_select_work(watched, milliseconds(100)));
    return all;
}

Receives probe_receives() {
    Receives receives;
    for (const std::size_t messages : {1, 2, 4, 16}) receives.by_messages.push_back(probe_coalesced(messages, 2));
    for (const std::size_t size : {2, 1024, 1025, 4096}) receives.by_size.push_back(probe_coalesced(1, size));
    return receives;
}

using PastBoth = std::pair<PastFdSet, PastLimit>;

PastBoth pass_both() {
    constexpr std::size_t low_limit = 64;
    return {probe_past_fd_set(), probe_past_limit(low_limit)};
}

ServerSpec callbacks_of(std::string_view program) {
    const std::vector<ServerSpec>& servers = servers_of(program_named(program));
    const auto found = std::ranges::find(servers, "callbacks", &ServerSpec::name);
    if (found == servers.end()) throw std::runtime_error(fmt::format("{} has no server named \"callbacks\"", program));
    if (found->unavailable) throw std::runtime_error(*found->unavailable);
    return *found;
}

AsioCalls count_asio_calls() {
    constexpr std::size_t messages = 200;
    AsioCalls calls{.epoll = count_calls_of(callbacks_of("iomux-asio"), messages), .ring = std::nullopt};
    try {
        calls.ring = count_calls_of(callbacks_of("iomux-asio-io_uring"), messages);
    } catch (const std::exception&) {
        // This program may not be built, and io_uring may not be allowed here.
    }
    return calls;
}

// In the order of the article.
std::vector<Trial> trials(const std::function<MonitorResult()>& monitor,
                          const std::function<ThreadingFigures()>& threading) {
    return {
        trial([] { return wait_by_blocking(milliseconds(50)); }, blocking_suspends),
        trial(threading, threads_take_resources),
        trial(threading, pool_size_must_be_chosen),
        trial([] { return wait_by_polling(milliseconds(50)); }, nonblocking_returns),
        trial(probe_regular_file, files_block),
        trial([] { return probe_exchange(100); }, multiplexing_blocks_twice),
        trial(count_calls, two_calls_per_message),
        trial(threading, few_connections_are_for_threads),
        trial(monitor, select_grows_linearly),
        trial(count_triggers, select_is_level_triggered),
        trial(share_work, select_looks_in_user_space),
        trial(probe_hangup_reports, select_lists_exceptions),
        trial(probe_past_fd_set, select_ends_at_1024),
        trial(pass_both, [](const PastBoth& past) { return poll_has_no_limit(past.first, past.second); }),
        trial(count_triggers, epoll_is_edge_triggered),
        trial(pass_both, [](const PastBoth& past) { return epoll_has_no_limit(past.first, past.second); }),
        trial(monitor, epoll_is_independent_of_connections),
        trial(monitor, epoll_is_far_cheaper),
        trial(probe_watched_and_closed, select_server_outlives_clients),
        trial(probe_send_space, select_server_writes_without_sleeping),
        trial(probe_receives, a_receive_is_a_message),
        trial(strand_bytes, epoll_server_reads_all),
        trial(strand_clients, epoll_server_accepts_all),
        trial(probe_hangup_reports, epoll_server_notices_disconnects),
        trial(count_asio_calls, asio_is_a_proactor),
    };
}

}  // namespace

ClaimsResult measure_claims(const MonitorRun& monitor, const std::function<ThreadingFigures()>& measure_threads,
                            Progress& progress) {
    // Measured once for all claims that need it. If it throws, get() throws for each of these claims.
    const std::shared_future<ThreadingFigures> measured = std::async(std::launch::deferred, measure_threads).share();
    measured.wait();  // the slow measurement comes first, so that the time left is known
    ClaimsResult result{.claims = {}, .interrupted = monitor.interrupted};
    const std::vector<Trial> all = trials(
        [&] {
            if (monitor.interrupted) throw Interrupted();
            return monitor.result;
        },
        [&] { return measured.get(); });
    for (const Trial& one : all) {
        progress.show("claims", fmt::format("{}/{}", result.claims.size() + 1, all.size()), time_of_probes);
        try {
            result.claims.push_back(tried(one));
        } catch (const Interrupted&) {
            result.interrupted = true;
            result.claims.push_back(untried(one, "Interrupted before the experiment ended."));
        }
    }
    return result;
}

std::vector<Claim> untried_claims() {
    std::vector<Claim> claims;
    for (const Trial& one : trials([] { return MonitorResult(); }, [] { return ThreadingFigures(); }))
        claims.push_back(untried(one));
    return claims;
}

}  // namespace iomux::compare
