#include <fmt/format.h>

#include <algorithm>

#include "compare/claims/claim_words.hpp"
#include "compare/claims/claims.hpp"
#include "compare/comparison/summary.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

constexpr std::string_view base_server = "epoll";
constexpr std::string_view threaded_server = "blocking";

const ServerResult* row_named(const LoadPoint& point, std::string_view title) {
    const auto found =
        std::ranges::find_if(point.rows, [&](const ServerResult& row) { return row.spec.title() == title; });
    return found == point.rows.end() ? nullptr : &*found;
}

// Nothing if either server was not measured completely.
std::optional<Ratio> against_epoll(const LoadPoint& point, std::string_view title) {
    const Summary summary = summarise(point.rows, base_server);
    const ServerResult* row = row_named(point, title);
    if (row == nullptr || summary.baseline == nullptr || summary.baseline != row_named(point, base_server))
        return std::nullopt;
    const std::optional<Medians>& medians = summary.of(*row);
    return medians ? medians->ratio : std::nullopt;
}

std::string in_figures(std::size_t count) { return grouped(static_cast<double>(count)); }

std::string over(const LoadPoint& point) { return fmt::format("over {} connections", in_figures(point.connections)); }

void add_ratio(Claim& claim, const LoadPoint& point, std::string_view title) {
    if (const std::optional<Ratio> ratio = against_epoll(point, title))
        claim.figures.push_back(
            {fmt::format("CPU per message of {}, divided by epoll's, {}", title, over(point)), ratio->value, "times"});
}

std::string why_not(const ThreadingFigures& threading) {
    for (const LoadPoint* point : {&threading.few, &threading.many})
        for (const ServerResult& row : point->rows)
            if (row.failed || row.skipped)
                return fmt::format("{} {}: {}.", row.spec.title(), over(*point),
                                   row.failed.value_or(row.skipped.value_or("")));
    return "The servers were not measured.";
}

// Figures that allow no verdict are not shown.
void undecided(Claim& claim, std::string why) {
    claim.figures.clear();
    decide(claim, ClaimVerdict::not_measured, std::move(why));
}

void decide_by_ratios(Claim& claim, const ThreadingFigures& threading, const Ratio& few, const Ratio& many) {
    const auto in_words = [](const Ratio& ratio, const LoadPoint& point) {
        return fmt::format("{:.2f} times epoll's CPU per message {}", ratio.value, over(point));
    };
    if (few.verdict == Verdict::too_few || many.verdict == Verdict::too_few)
        undecided(claim, "Too few rounds fitted into the time for a statistically significant result.");
    else if (many.verdict != Verdict::more)
        decide(
            claim, ClaimVerdict::does_not_hold,
            fmt::format("A thread per connection needs no more CPU per message than epoll {}.", over(threading.many)));
    else if (few.verdict == Verdict::less)
        decide(claim, ClaimVerdict::holds,
               fmt::format("A thread per connection needs {}, and {}.", in_words(few, threading.few),
                           in_words(many, threading.many)));
    else if (few.verdict == Verdict::not_told_apart)
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format(
                   "simpler code is the reason: {} a thread per connection needs as much CPU per message as epoll, "
                   "but {}",
                   over(threading.few), in_words(many, threading.many)));
    else
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("Threads cost more even for few connections: a thread per connection needs {}, and {}.",
                           in_words(few, threading.few), in_words(many, threading.many)));
}

// KiB per idle connection, including the kernel stack of its thread if that is known.
std::optional<double> memory_of(const LoadPoint& point, std::string_view title) {
    const ServerResult* row = row_named(point, title);
    if (row == nullptr || !row->idle_memory) return std::nullopt;
    return (row->idle_memory->bytes + row->idle_memory->kernel_stack_bytes.value_or(0)) / 1024;
}

}  // namespace

Claim few_connections_are_for_threads(const ThreadingFigures& threading) {
    Claim claim{
        .id = "few-connections-for-threads",
        .statement = "Multiplexing suits many connections; for few, threads and blocking I/O remain the better choice.",
        .experiment =
            "blocking, pool and epoll echo the same messages on the same core, in turns, over few connections and over "
            "many. The CPU per message is compared."};
    add_ratio(claim, threading.few, threaded_server);
    add_ratio(claim, threading.few, "pool");
    add_ratio(claim, threading.many, threaded_server);
    const std::optional<Ratio> few = against_epoll(threading.few, threaded_server);
    const std::optional<Ratio> many = against_epoll(threading.many, threaded_server);
    if (few && many)
        decide_by_ratios(claim, threading, *few, *many);
    else
        undecided(claim, why_not(threading));
    return claim;
}

Claim threads_take_resources(const ThreadingFigures& threading) {
    Claim claim{.id = "threads-take-resources",
                .statement = "Blocking I/O with a thread per connection takes many resources.",
                .experiment =
                    "Many idle connections are opened to blocking and to epoll. The memory growth per connection is "
                    "measured, including the kernel stack of its thread."};
    const std::optional<double> with_threads = memory_of(threading.many, threaded_server);
    const std::optional<double> with_epoll = memory_of(threading.many, base_server);
    if (!with_threads || !with_epoll) {
        claim.why = why_not(threading);
        return claim;
    }
    claim.figures = {counted("connections", row_named(threading.many, threaded_server)->idle_memory->connections),
                     {"per connection with a thread", *with_threads, "KiB"},
                     {"per connection with epoll", *with_epoll, "KiB"}};
    constexpr double clearly_more = 4;
    if (*with_threads - *with_epoll > clearly_more)
        decide(claim, ClaimVerdict::holds,
               fmt::format("An idle connection takes {:.0f} KiB of memory with a thread, and {:.1f} KiB with epoll.",
                           *with_threads, *with_epoll));
    else
        decide(claim, ClaimVerdict::does_not_hold, "A thread takes almost no memory.");
    return claim;
}

Claim pool_size_must_be_chosen(const ThreadingFigures& threading) {
    Claim claim{
        .id = "pool-size",
        .statement = "A thread pool limits the resources that threads take, but its size must be chosen.",
        .experiment =
            "More clients than threads send messages to the pool server and stay connected. The clients that are never "
            "answered are counted."};
    const ServerResult* pool = row_named(threading.of_pool, "pool");
    if (pool == nullptr || pool->rounds.empty() || !pool->rounds.front()) {
        claim.why = pool != nullptr && pool->failed ? *pool->failed + "." : why_not(threading);
        return claim;
    }
    const std::size_t starved = pool->rounds.front()->starved;
    claim.figures = {counted("clients", threading.of_pool.connections), counted("never answered", starved)};
    if (starved > 0)
        decide(claim, ClaimVerdict::holds,
               fmt::format(
                   "A client keeps its thread until it disconnects: {} of {} are answered, and the others wait.",
                   in_figures(threading.of_pool.connections - starved), in_figures(threading.of_pool.connections)));
    else
        decide(claim, ClaimVerdict::does_not_hold, "All clients are answered, although there are more than threads.");
    return claim;
}

}  // namespace iomux::compare
