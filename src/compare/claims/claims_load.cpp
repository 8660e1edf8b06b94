#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "compare/claims/claim_words.hpp"
#include "compare/claims/claims.hpp"
#include "compare/comparison/ranking_text.hpp"
#include "compare/comparison/summary.hpp"

namespace iomux::compare {
namespace {

constexpr std::string_view base_server = "epoll";
constexpr std::string_view threaded_server = "blocking";

const ServerResult* row_named(const LoadPoint& point, std::string_view title) { return find_row(point.rows, title); }

std::string with_connections(std::size_t connections) { return "with " + plural(connections, "connection"); }

std::string why_not(const ThreadingFigures& threading) {
    for (const auto* points : {&threading.memory, &threading.load})
        for (const LoadPoint& point : *points)
            for (const ServerResult& row : point.rows)
                if (row.failed || row.skipped)
                    return fmt::format("{} {}: {}.", row.spec.title(), with_connections(point.connections),
                                       row.failed.value_or(row.skipped.value_or("")));
    return "The servers were not measured.";
}

// Figures that allow no verdict are not shown.
void undecided(Claim& claim, std::string why) {
    claim.figures.clear();
    decide(claim, ClaimVerdict::not_measured, std::move(why));
}

// The CPU per message of a server, divided by epoll's.
struct CostAt {
    std::size_t connections;
    std::size_t rounds;
    Ratio ratio;
};

// Nothing if either server was not measured completely.
std::optional<CostAt> against_epoll(const LoadPoint& point, std::string_view title) {
    const ServerResult* row = row_named(point, title);
    const ServerResult* base = row_named(point, base_server);
    if (row == nullptr || base == nullptr || !is_complete(*row) || !is_complete(*base)) return std::nullopt;
    const std::optional<Ratio> ratio = ratio_between(*row, *base);
    if (!ratio) return std::nullopt;
    return CostAt{point.connections, row->rounds.size(), *ratio};
}

void correct_for_their_number(std::vector<CostAt>& costs) {
    std::vector<Judged> ratios;
    for (CostAt& cost : costs) ratios.push_back({&cost.ratio, cost.rounds});
    judge_together(ratios);
}

Cost without_names(const Ratio& ratio) {
    return {.value = ratio.value, .interval = ratio.interval, .verdict = ratio.verdict};
}

// `1.37 × [1.30–1.44]`, `not told apart (±2 %)`
std::string ratio_text(const Ratio& ratio) {
    const Cost cost = without_names(ratio);
    return is_in_doubt(cost) ? doubt_text(cost) : times_text(ratio.value, ratio.interval);
}

bool is_told(const CostAt& cost, Verdict verdict) { return cost.ratio.verdict == verdict; }

bool any_is_told(std::span<const CostAt> costs, Verdict verdict) {
    return std::ranges::any_of(costs, [verdict](const CostAt& cost) { return is_told(cost, verdict); });
}

const CostAt* least_precise(std::span<const CostAt> costs) {
    const CostAt* worst = nullptr;
    for (const CostAt& cost : costs)
        if (is_told(cost, Verdict::not_told_apart) &&
            (worst == nullptr || worst->ratio.interval->half_width() < cost.ratio.interval->half_width()))
            worst = &cost;
    return worst;
}

// `with 1 connection, a thread per connection takes 0.97 × [0.95–0.99] the CPU per message of epoll; with 2 and 4
// connections, it is not told apart (±2 %)`
std::string text_before_the_turn(std::span<const CostAt> costs) {
    std::string text;
    std::vector<std::size_t> doubtful;
    for (const CostAt& cost : costs) {
        if (!is_told(cost, Verdict::less)) {
            doubtful.push_back(cost.connections);
        } else if (text.empty()) {
            text = fmt::format("{}, a thread per connection takes {} the CPU per message of epoll",
                               with_connections(cost.connections), ratio_text(cost.ratio));
        } else {
            text += fmt::format(", {} {}", with_connections(cost.connections), ratio_text(cost.ratio));
        }
    }
    if (doubtful.empty()) return text;
    const std::string they = text.empty() ? "the CPU per message of a thread per connection and of epoll is" : "it is";
    return text + fmt::format("{}with {} connection{}, {} {}", text.empty() ? "" : "; ", listed(doubtful),
                              doubtful.back() == 1 ? "" : "s", they, ratio_text(least_precise(costs)->ratio));
}

// `with 8 connections, a thread per connection takes 1.37 × [1.30–1.44] the CPU per message of epoll; with 1,000, 2.50
// × [2.40–2.60]`
std::string text_from_the_turn(const CostAt& first, const CostAt& most) {
    std::string text = fmt::format("{}, a thread per connection takes {} the CPU per message of epoll",
                                   with_connections(first.connections), ratio_text(first.ratio));
    if (first.connections != most.connections)
        text += fmt::format("; with {}, {}", in_figures(most.connections), ratio_text(most.ratio));
    return text;
}

// Threads do not cost more, whatever the number of connections.
void decide_without_a_turn(Claim& claim, const CostAt& most) {
    if (is_told(most, Verdict::not_told_apart) && is_too_noisy(without_names(most.ratio)))
        undecided(claim, fmt::format("No number of connections was found that needs more CPU with threads, and {} it "
                                     "is {}. A longer measurement may tell.",
                                     with_connections(most.connections), ratio_text(most.ratio)));
    else
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("It does not turn, up to the most connections that were tried: {}, the CPU per message of a "
                           "thread per connection, compared with epoll's, is {}.",
                           with_connections(most.connections), ratio_text(most.ratio)));
}

void decide_by_costs(Claim& claim, const std::vector<CostAt>& costs) {
    const auto is_costlier = [](const CostAt& cost) { return is_told(cost, Verdict::more); };
    const auto turn = std::ranges::find_if(costs, is_costlier);
    if (turn == costs.end() || is_told(costs.back(), Verdict::less)) {
        decide_without_a_turn(claim, costs.back());
        return;
    }
    const auto cheaper =
        std::find_if(turn, costs.end(), [](const CostAt& cost) { return is_told(cost, Verdict::less); });
    if (cheaper != costs.end()) {
        undecided(claim, fmt::format("The figures contradict each other: {}, threads take {} the CPU per message of "
                                     "epoll, and {} {}. A longer "
                                     "measurement may tell.",
                                     with_connections(turn->connections), ratio_text(turn->ratio),
                                     with_connections(cheaper->connections), ratio_text(cheaper->ratio)));
        return;
    }
    const std::span<const CostAt> before(costs.begin(), turn);
    const std::string after = text_from_the_turn(*turn, costs.back());
    if (before.empty()) {
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("Threads cost more even for few connections: {}.", after));
        return;
    }
    const std::string turns = fmt::format("It turns between {} and {} connections: {}",
                                          in_figures(before.back().connections), in_figures(turn->connections), after);
    const std::string most = plural(before.back().connections, "connection");
    if (any_is_told(before, Verdict::less))
        decide(claim, ClaimVerdict::holds, fmt::format("Up to {}: {}. {}.", most, text_before_the_turn(before), turns));
    else if (is_too_noisy(without_names(least_precise(before)->ratio)))
        undecided(claim, fmt::format("Up to {}, a thread per connection and epoll are {}. A longer measurement may "
                                     "tell. {}.",
                                     most, ratio_text(least_precise(before)->ratio), turns));
    else
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("simpler code is the reason, up to {}: {}. {}", most, text_before_the_turn(before), turns));
}

void add_figure(Claim& claim, const LoadPoint& point, std::string_view title) {
    if (const std::optional<CostAt> cost = against_epoll(point, title))
        claim.figures.push_back(
            {fmt::format("CPU per message of {} ÷ epoll's, {}", title, with_connections(point.connections)),
             cost->ratio.value, "times", cost->ratio.interval});
}

// KiB per idle connection, including the kernel stack of its thread if that is known.
std::optional<double> memory_of(const LoadPoint& point, std::string_view title) {
    const ServerResult* row = row_named(point, title);
    if (row == nullptr || !row->idle_memory) return std::nullopt;
    return (row->idle_memory->bytes + row->idle_memory->kernel_stack_bytes.value_or(0)) / 1024;
}

// KiB per idle connection.
struct MemoryAt {
    std::size_t connections;
    double with_threads;
    double with_epoll;

    double more() const { return with_threads - with_epoll; }
};

std::vector<MemoryAt> memory_in(const std::vector<LoadPoint>& points) {
    std::vector<MemoryAt> memory;
    for (const LoadPoint& point : points) {
        const std::optional<double> with_threads = memory_of(point, threaded_server);
        const std::optional<double> with_epoll = memory_of(point, base_server);
        if (with_threads && with_epoll) memory.push_back({point.connections, *with_threads, *with_epoll});
    }
    return memory;
}

// More KiB than this per connection are many.
constexpr double many_kib = 4;

// `there are at least 100 connections: with 10, a thread takes at most 4 KiB more for each`
std::string where_memory_turns(const std::vector<std::size_t>& many, const std::vector<std::size_t>& few) {
    const bool at_least = many.back() > few.back();
    const std::size_t turn = at_least ? *std::ranges::upper_bound(many, few.back()) : many.back();
    return fmt::format("there are at {} {}: with {}, a thread takes at most {} KiB more for each",
                       at_least ? "least" : "most", plural(turn, "connection"), listed(few), many_kib);
}

void decide_by_memory(Claim& claim, const std::vector<MemoryAt>& memory) {
    std::vector<std::size_t> many;
    std::vector<std::size_t> few;
    for (const MemoryAt& at : memory) (at.more() > many_kib ? many : few).push_back(at.connections);
    const MemoryAt& most = memory.back();
    if (few.empty())
        decide(claim, ClaimVerdict::holds,
               fmt::format("An idle connection takes {:.0f} KiB of memory with a thread and {:.1f} KiB with epoll, if "
                           "there are {}.{}",
                           most.with_threads, most.with_epoll, in_figures(most.connections),
                           memory.size() == 1 ? ""
                                              : fmt::format(" It does not turn: with each number that was tried, a "
                                                            "thread takes over {} KiB more.",
                                                            many_kib)));
    else if (many.empty())
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("With each number of connections that was tried, a thread takes at most {} KiB more.",
                           many_kib));
    else
        decide(claim, ClaimVerdict::holds_only_when, where_memory_turns(many, few));
}

// How many clients the pool never answered.
struct StarvedOf {
    std::size_t clients;
    std::size_t starved;
};

std::vector<StarvedOf> starved_in(const std::vector<LoadPoint>& points) {
    std::vector<StarvedOf> starved;
    for (const LoadPoint& point : points) {
        const ServerResult* pool = row_named(point, "pool");
        if (pool == nullptr) continue;
        std::optional<std::size_t> most;
        for (const std::optional<Round>& round : pool->rounds)
            if (round) most = std::max(most.value_or(0), round->starved);
        if (most) starved.push_back({point.connections, *most});
    }
    return starved;
}

}  // namespace

Claim few_connections_are_for_threads(const ThreadingFigures& threading) {
    Claim claim{
        .id = "few-connections-for-threads",
        .statement = "Multiplexing suits many connections; for few, threads and blocking I/O remain the better choice.",
        .experiment =
            "Servers with blocking I/O and with epoll echo the same messages on the same core, in turns, with few and "
            "with more and more connections. The CPU per message is compared."};
    std::vector<CostAt> costs;
    for (const LoadPoint& point : threading.load) {
        add_figure(claim, point, threaded_server);
        add_figure(claim, point, "pool");
        if (const std::optional<CostAt> cost = against_epoll(point, threaded_server)) costs.push_back(*cost);
    }
    correct_for_their_number(costs);
    if (costs.size() < 2 || costs.size() < threading.load.size())
        undecided(claim, why_not(threading));
    else if (any_is_told(costs, Verdict::too_few))
        undecided(claim, "Too few rounds fitted into the time for a statistically significant result.");
    else
        decide_by_costs(claim, costs);
    return claim;
}

Claim threads_take_resources(const ThreadingFigures& threading) {
    Claim claim{.id = "threads-take-resources",
                .statement = "Blocking I/O with a thread per connection takes many resources.",
                .experiment =
                    "Idle connections are opened to blocking and to epoll, few and many. The memory growth per "
                    "connection is measured, including the kernel stack of its thread."};
    const std::vector<MemoryAt> memory = memory_in(threading.memory);
    for (const MemoryAt& at : memory) {
        const std::string of = "of " + plural(at.connections, "connection");
        claim.figures.push_back({"per connection with a thread, " + of, at.with_threads, "KiB"});
        claim.figures.push_back({"per connection with epoll, " + of, at.with_epoll, "KiB"});
    }
    if (memory.empty())
        claim.why = why_not(threading);
    else
        decide_by_memory(claim, memory);
    return claim;
}

Claim pool_size_must_be_chosen(const ThreadingFigures& threading) {
    Claim claim{
        .id = "pool-size",
        .statement = "A thread pool limits the resources that threads take, but its size must be chosen.",
        .experiment =
            "Fewer and more clients than threads send messages to the pool server and stay connected. The clients that "
            "are never answered are counted."};
    const std::vector<StarvedOf> all = starved_in(threading.pool);
    for (const StarvedOf& of : all)
        claim.figures.push_back(
            counted(fmt::format("never answered, of {}", plural(of.clients, "client")), of.starved));
    const auto turn = std::ranges::find_if(all, [](const StarvedOf& of) { return of.starved > 0; });
    if (all.empty()) {
        const auto failed = std::ranges::find_if(threading.pool, [](const LoadPoint& point) {
            const ServerResult* pool = row_named(point, "pool");
            return pool != nullptr && pool->failed;
        });
        claim.why = failed != threading.pool.end() ? *row_named(*failed, "pool")->failed + "." : why_not(threading);
    } else if (turn == all.end()) {
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("All clients are answered, up to {} clients, the most that were tried.",
                           in_figures(all.back().clients)));
    } else {
        const std::string answered = turn == all.begin() ? ""
                                                         : fmt::format("Up to {}, all are answered. ",
                                                                       plural(std::prev(turn)->clients, "client"));
        decide(claim, ClaimVerdict::holds,
               answered + fmt::format("Of {}, {} are answered: a client keeps its thread until it disconnects, and the "
                                      "others wait.",
                                      plural(turn->clients, "client"), in_figures(turn->clients - turn->starved)));
    }
    return claim;
}

}  // namespace iomux::compare
