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

const ServerResult* row_named(const LoadPoint& crowd, std::string_view title) {
    const auto found =
        std::ranges::find_if(crowd.rows, [&](const ServerResult& row) { return row.spec.title() == title; });
    return found == crowd.rows.end() ? nullptr : &*found;
}

// Nothing where either was not measured to the end.
std::optional<Ratio> against_epoll(const LoadPoint& crowd, std::string_view title) {
    const Summary summary = summarise(crowd.rows, base_server);
    const ServerResult* row = row_named(crowd, title);
    if (row == nullptr || summary.baseline == nullptr || summary.baseline != row_named(crowd, base_server))
        return std::nullopt;
    const std::optional<Medians>& medians = summary.of(*row);
    return medians ? medians->ratio : std::nullopt;
}

std::string in_figures(std::size_t count) { return grouped(static_cast<double>(count)); }

std::string over(const LoadPoint& crowd) { return fmt::format("over {} connections", in_figures(crowd.connections)); }

void add_ratio(Claim& claim, const LoadPoint& crowd, std::string_view title) {
    if (const std::optional<Ratio> ratio = against_epoll(crowd, title))
        claim.figures.push_back(
            {fmt::format("CPU a message of {}, divided by epoll's, {}", title, over(crowd)), ratio->value, "times"});
}

std::string why_not(const ThreadingFigures& crowds) {
    for (const LoadPoint* crowd : {&crowds.few, &crowds.many})
        for (const ServerResult& row : crowd->rows)
            if (row.failed || row.skipped)
                return fmt::format("{} {}: {}.", row.spec.title(), over(*crowd),
                                   row.failed.value_or(row.skipped.value_or("")));
    return "The servers were not measured.";
}

// Figures that nothing follows from are not shown.
void undecided(Claim& claim, std::string why) {
    claim.figures.clear();
    decide(claim, ClaimVerdict::not_measured, std::move(why));
}

void decide_crowds(Claim& claim, const ThreadingFigures& crowds, const Ratio& few, const Ratio& many) {
    const auto in_words = [](const Ratio& ratio, const LoadPoint& crowd) {
        return fmt::format("{:.2f} times epoll's processor time {}", ratio.value, over(crowd));
    };
    if (few.verdict == Verdict::too_few_rounds || many.verdict == Verdict::too_few_rounds)
        undecided(claim, "There was no time for as many rounds as it takes to tell.");
    else if (many.verdict != Verdict::more)
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("A thread for each takes no more than epoll {}.", over(crowds.many)));
    else if (few.verdict == Verdict::less)
        decide(
            claim, ClaimVerdict::holds,
            fmt::format("A thread for each takes {}, and {}.", in_words(few, crowds.few), in_words(many, crowds.many)));
    else if (few.verdict == Verdict::no_difference)
        decide(
            claim, ClaimVerdict::holds_only_when,
            fmt::format("it is for the simpler code: {} a thread for each takes as much processor time as epoll, and "
                        "{}",
                        over(crowds.few), in_words(many, crowds.many)));
    else
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("Few do not make threads the better choice: a thread for each takes {}, and {}.",
                           in_words(few, crowds.few), in_words(many, crowds.many)));
}

// What a connection takes, the kernel's stack for its thread included where that is known.
std::optional<double> memory_of(const LoadPoint& crowd, std::string_view title) {
    const ServerResult* row = row_named(crowd, title);
    if (row == nullptr || !row->idle_memory) return std::nullopt;
    return (row->idle_memory->bytes + row->idle_memory->kernel_stack_bytes.value_or(0)) / 1024;
}

}  // namespace

Claim few_connections_are_for_threads(const ThreadingFigures& crowds) {
    Claim claim{
        .id = "few-connections-for-threads",
        .statement = "Multiplexing suits many connections; for few, threads and blocking I/O remain the better choice.",
        .experiment =
            "Servers of both kinds echo the same messages, over few connections and over many, on the same core and in "
            "turns: what a message costs them."};
    add_ratio(claim, crowds.few, threaded_server);
    add_ratio(claim, crowds.few, "pool");
    add_ratio(claim, crowds.many, threaded_server);
    const std::optional<Ratio> few = against_epoll(crowds.few, threaded_server);
    const std::optional<Ratio> many = against_epoll(crowds.many, threaded_server);
    if (few && many)
        decide_crowds(claim, crowds, *few, *many);
    else
        undecided(claim, why_not(crowds));
    return claim;
}

Claim threads_take_resources(const ThreadingFigures& crowds) {
    Claim claim{.id = "threads-take-resources",
                .statement = "Blocking I/O with a thread for each connection takes resources.",
                .experiment =
                    "Many idle connections to a server of each kind: what its memory grows by for each, the kernel's "
                    "stack for its thread included."};
    const std::optional<double> with_threads = memory_of(crowds.many, threaded_server);
    const std::optional<double> with_epoll = memory_of(crowds.many, base_server);
    if (!with_threads || !with_epoll) {
        claim.why = why_not(crowds);
        return claim;
    }
    claim.figures = {counted("connections", row_named(crowds.many, threaded_server)->idle_memory->connections),
                     {"for each with a thread", *with_threads, "KiB"},
                     {"for each with epoll", *with_epoll, "KiB"}};
    constexpr double tells_them_apart = 4;
    if (*with_threads - *with_epoll > tells_them_apart)
        decide(claim, ClaimVerdict::holds,
               fmt::format("Before it says a word, a connection takes {:.0f} KiB of memory with a thread, and {:.1f} "
                           "with epoll.",
                           *with_threads, *with_epoll));
    else
        decide(claim, ClaimVerdict::does_not_hold, "A thread takes next to no memory.");
    return claim;
}

Claim a_pools_size_is_to_be_chosen(const ThreadingFigures& crowds) {
    Claim claim{
        .id = "pool-size",
        .statement = "A pool of threads bounds what they take, and its size is to be chosen.",
        .experiment = "More clients than its threads ask a server with a pool, and stay: how many are never answered."};
    const ServerResult* pool = row_named(crowds.of_pool, "pool");
    if (pool == nullptr || pool->rounds.empty() || !pool->rounds.front()) {
        claim.why = pool != nullptr && pool->failed ? *pool->failed + "." : why_not(crowds);
        return claim;
    }
    const std::size_t starved = pool->rounds.front()->starved;
    claim.figures = {counted("clients", crowds.of_pool.connections), counted("never answered", starved)};
    if (starved > 0)
        decide(claim, ClaimVerdict::holds,
               fmt::format("A client keeps its thread until it leaves: {} of {} are answered, and the others wait.",
                           in_figures(crowds.of_pool.connections - starved), in_figures(crowds.of_pool.connections)));
    else
        decide(claim, ClaimVerdict::does_not_hold, "All are answered, whatever its size.");
    return claim;
}

}  // namespace iomux::compare
