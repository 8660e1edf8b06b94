#include "compare/comparison/brief.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "compare/comparison/ranking_text.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

// A point of a scenario at which the costs of servers were ranked.
struct Place {
    const Experiment& experiment;
    const Point& point;
    const Ranking& ranking;

    std::size_t connections() const { return point.work.connections; }
};

std::vector<Place> places_in(std::span<const Experiment> experiments, std::string_view name) {
    std::vector<Place> places;
    const auto experiment = std::ranges::find(experiments, name, &Experiment::name);
    if (experiment == experiments.end()) return places;
    for (const Point& point : experiment->points)
        if (const Ranking* ranking = point.summary.ranking_by(Figure::cpu))
            places.push_back({*experiment, point, *ranking});
    return places;
}

// People ask about these numbers, and the points nearest to them answer.
constexpr std::size_t few_connections = 10;
constexpr std::size_t many_idle = 10'000;

// How many times more or fewer connections than `few_connections` there are.
double times_from_few(const Place& place) {
    constexpr double few = few_connections;
    const double connections = static_cast<double>(place.connections());
    return std::max(connections / few, few / connections);
}

std::string many(std::size_t number, std::string_view noun) {
    return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

// `1 busy connection`, `10,000 idle connections and 10 busy ones`
std::string load_text(const Work& work) {
    return work.idle == 0
               ? many(work.connections, "busy connection")
               : fmt::format("{} and {}", many(work.idle, "idle connection"), many(work.connections, "busy one"));
}

std::string for_load(const Work& work) { return "for " + load_text(work); }

// More idle connections may have been too many for this machine, or may not have been asked for.
std::string for_idle(const Work& work) {
    return for_load(work) + (work.idle < many_idle ? ", the most that were measured" : "");
}

Work few_busy_and(std::size_t idle) {
    Work work;
    work.connections = few_connections;
    work.idle = idle;
    return work;
}

Answer not_measured(std::string_view question, std::string_view scenarios) {
    return {.question = std::string(question),
            .answer = {},
            .why = {},
            .command = fmt::format("./iomux compare run {}", scenarios)};
}

Reason reason(const Experiment& experiment, const Point& point, std::string text) {
    std::string load;
    if (!point.label.empty()) load = load_text(point.work);
    return {.scenario = experiment.name, .point = point.label, .load = std::move(load), .text = std::move(text)};
}

Reason reason(const Place& place, std::string text, std::optional<Strength> strength) {
    Reason found = reason(place.experiment, place.point, std::move(text));
    found.strength = strength;
    return found;
}

// `callbacks (Asio)`; titles such as asio/blocking say it themselves.
std::string marked(const Point& point, const std::string& title) {
    const ServerResult* const row = find_row(point.rows, title);
    return row != nullptr && is_asio(row->spec) && !title.starts_with("asio") ? title + " (Asio)" : title;
}

Ranking marked(const Point& point, Ranking ranking) {
    for (std::vector<std::string>* titles : {&ranking.order, &ranking.not_told_apart})
        for (std::string& title : *titles) title = marked(point, title);
    return ranking;
}

// Null if the point has no server with this title, or it was not measured.
const Ratio* ratio_of(const Point& point, std::string_view title) {
    for (const ServerResult& row : point.rows)
        if (row.spec.title() == title) {
            const std::optional<Medians>& medians = point.of(row).medians;
            return medians && medians->ratio ? &*medians->ratio : nullptr;
        }
    return nullptr;
}

// `epoll takes 0.95 × [0.93–0.98] the CPU time of minimal`; `that of minimal` if the text has named the CPU time
// before.
std::string cost_over_baseline(const Place& place, std::string_view the_cost) {
    const std::string& best = place.ranking.best();
    const ServerResult* const baseline = place.point.baseline();
    const Ratio* const ratio = ratio_of(place.point, best);
    std::string name = marked(place.point, best);
    if (baseline == nullptr || ratio == nullptr) return name;
    const std::string base = baseline->spec.title();
    if (base == best) return name + " is the baseline";
    return fmt::format("{} takes {} {} of {}", name, times_text(ratio->value, ratio->interval), the_cost, base);
}

// Whether two servers alone would differ significantly, but not among all of the ranking.
bool is_corrected(const Place& place, const Cost& cost) {
    return cost.verdict == Verdict::more && !place.ranking.not_told_apart.empty();
}

// The strength of the answer is about the cheapest server and the next one, so these are compared first.
std::string best_cost_text(const Place& place) {
    const Cost* const next = place.point.summary.cost_of(Cost::Pair::second_over_best);
    if (next != nullptr && next->interval)
        return fmt::format("{}, the next one, takes {} the CPU time of {}{}; {}", marked(place.point, next->server),
                           times_text(next->value, next->interval), marked(place.point, next->over),
                           is_corrected(place, *next) ? ", which may be chance among so many servers" : "",
                           cost_over_baseline(place, "that"));
    const std::vector<std::string> others = marked(place.point, place.ranking).not_told_apart;
    return cost_over_baseline(place, "the CPU time") +
           (others.empty() ? "" : fmt::format(", not told apart from {}", others_text(others)));
}

bool has_interval(const Place& place, std::string_view title) {
    const Ratio* const ratio = ratio_of(place.point, title);
    return ratio != nullptr && ratio->interval;
}

// Whether the best server differs from others by chance or not cannot be known. The baseline's own ratio says nothing.
bool has_too_few_measurements(const Place& place) {
    const ServerResult* const baseline = place.point.baseline();
    const std::string& best = place.ranking.best();
    if (baseline == nullptr || baseline->spec.title() != best) return !has_interval(place, best);
    return std::ranges::none_of(place.ranking.order,
                                [&](const std::string& title) { return title != best && has_interval(place, title); });
}

// Which servers are asked about: `for 10 busy connections`. Empty if there is only one point.
Answer cheapest_at(std::string_view servers, const Place& place) {
    const auto question = [&](std::string_view what) {
        return servers.empty() ? std::string(what) : fmt::format("{} {}", what, servers);
    };
    const std::vector<Reason> why{reason(place, best_cost_text(place), strength_of_best(place.point.summary))};
    if (place.ranking.order.size() > 1)
        return {.question = question("Cheapest"),
                .answer = has_too_few_measurements(place) ? "Too few measurements to tell."
                                                          : best_text(marked(place.point, place.ranking)),
                .why = why,
                .command = {}};
    // A single server is not the cheapest of any.
    const ServerResult* const baseline = place.point.baseline();
    const std::string& only = place.ranking.best();
    const Ratio* const ratio = ratio_of(place.point, only);
    if (baseline == nullptr || ratio == nullptr || baseline->spec.title() == only)
        return not_measured(question("Cheapest"), place.experiment.name == "idle" ? "idle" : "throughput");
    return {.question = question(fmt::format("CPU cost of {} relative to {}", only, baseline->spec.title())),
            .answer = fmt::format("{:.2f} ×", ratio->value),
            .why = why,
            .command = {}};
}

// `1.02 to 1.20 ×, depending on the load`. Each of several costs has an interval of its own, which its reason says.
std::string span_text(std::span<const Cost> costs) {
    if (costs.size() == 1 && costs.front().interval) return times_text(costs.front().value, costs.front().interval);
    const auto [least, most] = std::ranges::minmax(costs, {}, &Cost::value);
    const std::string low = fmt::format("{:.2f}", least.value), high = fmt::format("{:.2f}", most.value);
    return low == high ? low + " ×" : fmt::format("{} to {} ×, depending on the load", low, high);
}

// `Not told apart (±4 %).`: the text about the least certain of the costs. They are the same only if each one is.
std::string doubtful_answer(std::span<const Cost> costs) {
    const Cost& widest = *std::ranges::max_element(costs, {}, [](const Cost& cost) {
        return std::pair(!is_the_same(cost.verdict, cost.interval), cost.interval->half_width());
    });
    std::string text = doubt_text(widest) + ".";
    text.front() = static_cast<char>(std::toupper(text.front()));
    return is_too_noisy(widest) ? text + " Measure longer." : text;
}

// One point alone could mislead: the cost may differ between points by more than the width of an interval.
Answer asio_over_epoll(std::span<const Place> places) {
    constexpr std::string_view question = "CPU cost of Asio relative to raw epoll";
    std::vector<Cost> costs;
    std::vector<Reason> why;
    for (const Place& place : places)
        for (const Cost& cost : place.point.summary.costs) {
            if (cost.pair != Cost::Pair::asio_over_epoll) continue;
            costs.push_back(cost);
            why.push_back(reason(place, cost_text(cost), strength_of(cost)));
            why.back().ratio = times_text(cost.value, cost.interval);
        }
    if (costs.empty()) return not_measured(question, "throughput idle --servers minimal,epoll,callbacks");
    return {.question = std::string(question),
            .answer = std::ranges::all_of(costs, is_in_doubt) ? doubtful_answer(costs) : span_text(costs),
            .why = std::move(why),
            .command = {}};
}

constexpr std::size_t most_listed_values = 5;

// A server's figure and marked title, as they are printed. Servers with equal texts are called equal.
struct Printed {
    std::string server, value;
};

// From the best to the worst. The ranking has only servers with the figure.
std::vector<Printed> printed(const Point& point, const Ranking& ranking, Figure figure) {
    std::vector<Printed> all;
    for (const std::string& title : ranking.order) {
        const double value = values_of(*find_row(point.rows, title), figure).front();
        all.push_back({marked(point, title), figure == Figure::idle_memory ? fmt::format("{:.2f} KiB", value / 1024)
                                                                           : fmt::format("{:.2f}", value)});
    }
    return all;
}

// `epoll 2.00, poll 2.00, …, blocking 4.00`
std::string values_text(const std::vector<Printed>& all) {
    std::string text;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const bool is_left_out = all.size() > most_listed_values && i >= most_listed_values - 1 && i + 1 < all.size();
        if (is_left_out && i + 2 == all.size()) text += ", …";
        if (!is_left_out) text += fmt::format("{}{} {}", i == 0 ? "" : ", ", all[i].server, all[i].value);
    }
    return text;
}

// A figure that is measured once for each server, so that it has no interval.
struct MeasuredOnce {
    Figure figure;
    std::string_view scenario;
    std::string_view lowest, only;  // the questions about several servers and about a single one
};

constexpr MeasuredOnce memory_of_idle{Figure::idle_memory, "memory", "Least memory per idle connection",
                                      "Memory per idle connection"};
constexpr MeasuredOnce calls_of_message{Figure::system_calls, "syscalls", "Fewest system calls per message",
                                        "System calls per message"};

// The servers with the lowest figure at the point.
Answer lowest_at(const MeasuredOnce& about, const Experiment& experiment, const Point& point) {
    const std::vector<Printed> all = printed(point, *point.summary.ranking_by(about.figure), about.figure);
    const auto above = std::ranges::find_if(all, [&](const Printed& one) { return one.value != all.front().value; });
    Ranking best{.order = {all.front().server}, .not_told_apart = {}};
    std::transform(std::next(all.begin()), above, std::back_inserter(best.not_told_apart),
                   [](const Printed& one) { return one.server; });
    Reason why = reason(experiment, point, values_text(all) + ", measured once");
    if (about.figure == Figure::idle_memory && !why.load.empty())
        why.load = many(point.work.idle_memory, "idle connection");
    return {.question = std::string(all.size() > 1 ? about.lowest : about.only),
            .answer = fmt::format("{}: {}", best_text(best), all.front().value),
            .why = {std::move(why)},
            .command = {}};
}

void add_lowest(std::vector<Answer>& answers, std::span<const Experiment> experiments, const MeasuredOnce& about) {
    for (const std::string_view name : {about.scenario, single_comparison}) {
        const auto experiment = std::ranges::find(experiments, name, &Experiment::name);
        if (experiment == experiments.end()) continue;
        std::vector<const Point*> points;
        for (const Point& point : experiment->points)
            if (point.summary.ranking_by(about.figure) != nullptr) points.push_back(&point);
        if (points.empty()) continue;
        // Memory per connection hardly depends on their number, but more of them share a wait.
        if (about.figure == Figure::idle_memory) points.erase(points.begin(), std::prev(points.end()));
        if (points.size() > 2) points.erase(std::next(points.begin()), std::prev(points.end()));
        for (const Point* point : points) {
            answers.push_back(lowest_at(about, *experiment, *point));
            if (points.size() > 1) answers.back().question += " " + for_load(point->work);
        }
        return;
    }
    answers.push_back(not_measured(about.lowest, about.scenario));
}

// `io_uring in 5 of 12 cells (told apart from all others in 3)`
std::string text_of(const Winner& winner, std::size_t cells) {
    return fmt::format("{} in {} of {} cells (told apart from all others in {})", winner.server, winner.points, cells,
                       winner.told_apart);
}

}  // namespace

std::vector<Answer> answers_from(std::span<const Experiment> experiments) {
    const std::vector<Place> growing = places_in(experiments, "throughput");
    std::vector<Place> busy = growing.empty() ? places_in(experiments, single_comparison) : growing;
    std::vector<Place> idle;
    const bool is_busy_known = !busy.empty();
    // Without idle connections, it has a few busy ones.
    for (const Place& place : places_in(experiments, "idle"))
        if (place.point.work.idle > 0)
            idle.push_back(place);
        else if (!is_busy_known)
            busy.push_back(place);
    std::vector<Place> measured;
    std::vector<Answer> answers;

    if (busy.empty()) {
        answers.push_back(not_measured("Cheapest " + for_load(few_busy_and(0)), "throughput"));
    } else {
        const auto few = std::ranges::min_element(busy, {}, times_from_few);
        answers.push_back(cheapest_at(is_busy_known && busy.size() == 1 ? "" : for_load(few->point.work), *few));
        measured.push_back(*few);
        if (const auto many = std::prev(busy.end()); many != few) {
            answers.push_back(cheapest_at(for_load(many->point.work), *many));
            measured.push_back(*many);
        }
    }
    if (idle.empty()) {
        answers.push_back(not_measured("Cheapest " + for_load(few_busy_and(many_idle)), "idle"));
    } else {
        answers.push_back(cheapest_at(for_idle(idle.back().point.work), idle.back()));
        measured.push_back(idle.back());
    }
    answers.push_back(asio_over_epoll(measured));
    add_lowest(answers, experiments, memory_of_idle);
    add_lowest(answers, experiments, calls_of_message);
    return answers;
}

Crossover crossover_of(const Experiment& experiment) {
    Crossover crossover;
    std::vector<Winner>& winners = crossover.winners;
    bool is_contest = false;
    for (const Point& point : experiment.points) {
        const Ranking* const ranking = point.summary.ranking_by(Figure::cpu);
        if (ranking == nullptr) continue;
        auto winner = std::ranges::find(winners, ranking->best(), &Winner::server);
        if (winner == winners.end()) winner = winners.insert(winner, {.server = ranking->best()});
        ++winner->points;
        if (ranking->order.size() == 1) continue;
        is_contest = true;
        if (ranking->not_told_apart.empty()) ++winner->told_apart;
    }
    std::ranges::stable_sort(winners, std::ranges::greater(), &Winner::points);
    std::vector<std::string> texts;
    for (const Winner& winner : winners) texts.push_back(text_of(winner, experiment.points.size()));
    crossover.text = texts.empty() ? "No data: no server was measured."
                     : !is_contest ? "Only one server is ranked, so there is nothing to compare."
                                   : fmt::format("Lowest CPU time per message: {}.", fmt::join(texts, "; "));
    return crossover;
}

}  // namespace iomux::compare
