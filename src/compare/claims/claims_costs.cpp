#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

#include "compare/claims/claim_words.hpp"
#include "compare/claims/claims.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

// A time that is less than this many times another is no evidence that it grows, or that a mechanism is far cheaper.
constexpr double clearly = 1.5;
// Slopes of a straight line differ by less than this factor.
constexpr double straight = 2;

double number(std::size_t count) { return static_cast<double>(count); }

std::string fold(double factor) { return grouped(factor, factor < 10 ? 2 : 0) + "-fold"; }
std::string times(double factor) { return grouped(factor, factor < 10 ? 2 : 0) + " times"; }
std::string percentage(double share) { return fmt::format("{:.0f} %", share * 100); }

bool are_alike(std::span<const Slope> slopes) {
    const auto [least, most] = std::ranges::minmax(slopes, {}, &Slope::us_per_descriptor);
    return least.us_per_descriptor > 0 && most.us_per_descriptor < straight * least.us_per_descriptor;
}

std::string slope_text(const Slope& slope) {
    return fmt::format("{} ns from {} to {}", grouped(slope.us_per_descriptor * 1000, 1), in_figures(slope.from),
                       in_figures(slope.to));
}

// The number of descriptors that add as much time as the rest of the operation takes.
std::size_t descriptors_like_the_rest(const MonitorResult& monitor, const Slope& first) {
    for (const MonitorPoint& point : monitor.points)
        if (const auto median = median_of(point.mechanisms, "select"); median && point.descriptors == first.from) {
            const double rest = *median - number(first.from) * first.us_per_descriptor;
            return static_cast<std::size_t>(std::max(1.0, rest / first.us_per_descriptor));
        }
    return 1;
}

void decide_linear(Claim& claim, const MonitorResult& monitor, std::span<const Slope> slopes, const Growth& growth) {
    const std::string range = fmt::format("from {} to {} descriptors", in_figures(growth.from), in_figures(growth.to));
    if (growth.factor < clearly) {
        decide(claim, ClaimVerdict::does_not_hold, fmt::format("The time grows less than {}-fold {}.", clearly, range));
    } else if (are_alike(slopes)) {
        decide(
            claim, ClaimVerdict::holds,
            fmt::format("Each further descriptor adds about the same time {} (the additions differ less than {}-fold). "
                        "From about {} on, they take longer than the rest of the operation.",
                        range, straight, plural(descriptors_like_the_rest(monitor, slopes.front()), "descriptor")));
    } else {
        // The first neighbours that differ, or the two extremes if the slope changes little by little.
        const auto differ = [](const Slope& one, const Slope& next) { return !are_alike(std::array{one, next}); };
        auto first = std::ranges::adjacent_find(slopes, differ);
        const auto [least, most] = std::ranges::minmax_element(slopes, {}, &Slope::us_per_descriptor);
        const Slope& before = first == slopes.end() ? *std::min(least, most) : *first;
        const Slope& after = first == slopes.end() ? *std::max(least, most) : *std::next(first);
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("The time grows, but not in proportion to the number of descriptors: a further one adds {}, "
                           "and {}.",
                           slope_text(before), slope_text(after)));
    }
}

// A figure at one number of descriptors, or at one share of them that is ready.
template <class Where>
struct At {
    Where where;
    double value;
};

// The time of epoll in µs at each number of descriptors.
std::vector<At<std::size_t>> times_of_epoll(const MonitorResult& monitor) {
    std::vector<At<std::size_t>> all;
    for (const MonitorPoint& point : monitor.points)
        if (const auto median = median_of(point.mechanisms, "epoll")) all.push_back({point.descriptors, *median});
    return all;
}

// The time of one wait in ns at each share.
std::vector<At<double>> waits_of_epoll(const MonitorResult& monitor) {
    std::vector<At<double>> all;
    for (const ActivePoint& point : monitor.active)
        if (const auto median = median_of(point.mechanisms, "epoll"))
            all.push_back({point.share, *median * number(point.descriptors) * point.share});
    return all;
}

// From the first value that is `clearly` times the one at the beginning, and on, all are. The end if the last is not.
template <class Where>
auto where_it_grows(const std::vector<At<Where>>& all) {
    const auto last_alike = std::find_if(all.rbegin(), all.rend(),
                                         [&](const At<Where>& at) { return at.value < clearly * all.front().value; });
    return last_alike.base();
}

// How poll, which checks every descriptor, grows between the same numbers of descriptors.
std::optional<Growth> growth_of_poll(const MonitorResult& monitor, const Growth& epoll) {
    const std::optional<Growth> poll = growth_of(monitor, "poll");
    return poll && poll->from == epoll.from && poll->to == epoll.to ? poll : std::nullopt;
}

constexpr double little = 3;
constexpr double far_more = 10;

// Whether epoll's cost grows, and not only a little beside that of poll. Larger sets of data miss the caches more
// often, so even a constant number of steps takes longer.
bool grows_with_descriptors(const Growth& epoll, const std::optional<Growth>& poll) {
    if (epoll.factor < clearly) return false;
    return !poll || epoll.factor >= little || poll->factor < far_more * epoll.factor;
}

// `From 10 to 10,000 descriptors, epoll's time grows 1.51-fold; that of poll, which checks every descriptor, grows
// 574-fold`
std::string growth_text(const Growth& epoll, const std::optional<Growth>& poll) {
    std::string text = fmt::format("From {} to {} descriptors, epoll's time grows {}", in_figures(epoll.from),
                                   in_figures(epoll.to), fold(epoll.factor));
    if (poll) text += fmt::format("; that of poll, which checks every descriptor, grows {}", fold(poll->factor));
    return text;
}

// `. It turns between 1,000 and 10,000 descriptors: up to 1,000 it grows less than 1.5-fold`; empty if the time does
// not grow.
std::string turn_text(const std::vector<At<std::size_t>>& epoll) {
    const auto grows = where_it_grows(epoll);
    if (grows == epoll.end() || grows == epoll.begin()) return "";
    const std::string before = in_figures(std::prev(grows)->where);
    return fmt::format(". It turns between {} and {} descriptors: up to {} it grows less than {}-fold", before,
                       in_figures(grows->where), before, clearly);
}

// Why a growth that is not nothing is regarded as none.
std::string little_text(const Growth& epoll) {
    return epoll.factor < clearly
               ? fmt::format(" (less than {}-fold counts as independent)", clearly)
               : fmt::format(" (less than {}-fold, and less than a tenth of poll's growth, counts as independent)",
                             little);
}

std::optional<double> poll_against_epoll(const std::vector<MonitorFigure>& figures) {
    const auto poll = median_of(figures, "poll");
    const auto epoll = median_of(figures, "epoll");
    if (!poll || !epoll) return std::nullopt;
    return *poll / *epoll;
}

template <class Where>
bool is_far_cheaper(const At<Where>& poll_by_epoll) {
    return poll_by_epoll.value >= clearly;
}

// `there are at least 100 descriptors (with 10, only 1.49 times)`; empty if it always holds.
std::string where_descriptors_turn(const std::vector<At<std::size_t>>& ratios,
                                   std::vector<At<std::size_t>>::const_iterator first) {
    if (first == ratios.begin()) return "";
    const At<std::size_t>& before = *std::prev(first);
    return fmt::format("there are at least {} descriptors (with {}, only {})", in_figures(first->where),
                       in_figures(before.where), times(before.value));
}

// `at most 1 % of 100 descriptors are ready (with 30 %, only 0.53 times)`; empty if it always holds.
std::string where_shares_turn(const std::vector<At<double>>& ratios, std::vector<At<double>>::const_iterator end) {
    if (end == ratios.end()) return "";
    const std::string most =
        end == ratios.begin() ? "fewer than " + percentage(end->where) : "at most " + percentage(std::prev(end)->where);
    return fmt::format("{} of 100 descriptors are ready (with {}, only {})", most, percentage(end->where),
                       times(end->value));
}

}  // namespace

Claim select_grows_linearly(const MonitorResult& monitor) {
    Claim claim{.id = "select-linear",
                .statement = "select checks every descriptor, so its time is O(n).",
                .experiment =
                    "One of n descriptors becomes ready, is waited for and read. The additional time per further "
                    "descriptor is measured."};
    const std::vector<Slope> slopes = slopes_of(monitor, "select");
    for (const Slope& slope : slopes)
        claim.figures.push_back(
            {fmt::format("per further descriptor, from {} to {}", in_figures(slope.from), in_figures(slope.to)),
             slope.us_per_descriptor * 1000, "ns"});
    if (slopes.size() < 2)
        claim.why = "The monitor has too few figures for select.";
    else
        decide_linear(claim, monitor, slopes, *growth_of(monitor, "select"));
    return claim;
}

Claim epoll_is_independent_of_connections(const MonitorResult& monitor) {
    Claim claim{.id = "epoll-independent",
                .statement =
                    "epoll does not check every connection: its cost depends on the number of active connections, "
                    "not on the number of all connections.",
                .experiment =
                    "One of n descriptors becomes ready, is waited for and read. In a second experiment, a growing "
                    "share of 100 descriptors is ready all the time."};
    const std::optional<Growth> growth = growth_of(monitor, "epoll");
    const std::vector<At<double>> waits = waits_of_epoll(monitor);
    if (!growth || waits.size() < 2 || waits.front().value <= 0) {
        claim.why = "The monitor has too few figures for epoll.";
        return claim;
    }
    const std::vector<At<std::size_t>> all = times_of_epoll(monitor);
    for (auto at = std::next(all.begin()); at != all.end(); ++at)
        claim.figures.push_back({fmt::format("time with {} descriptors, divided by the time with {}",
                                             in_figures(at->where), in_figures(all.front().where)),
                                 at->value / all.front().value, "times"});
    const std::optional<Growth> poll = growth_of_poll(monitor, *growth);
    if (poll)
        claim.figures.push_back(
            {fmt::format("the same of poll, with {} descriptors", in_figures(poll->to)), poll->factor, "times"});
    for (auto at = std::next(waits.begin()); at != waits.end(); ++at)
        claim.figures.push_back({fmt::format("time of a wait with {} ready, divided by that with {}",
                                             percentage(at->where), percentage(waits.front().where)),
                                 at->value / waits.front().value, "times"});
    const std::string compared = growth_text(*growth, poll);
    const auto active = where_it_grows(waits);
    if (grows_with_descriptors(*growth, poll))
        decide(claim, ClaimVerdict::does_not_hold, compared + turn_text(all) + ".");
    else if (active != waits.end())
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("the number of active connections stays the same: with {} of 100 descriptors ready, a wait "
                           "takes {} as long as with {}. {}{}",
                           percentage(active->where), times(active->value / waits.front().value),
                           percentage(waits.front().where), compared, little_text(*growth)));
    else
        decide(
            claim, ClaimVerdict::holds,
            fmt::format("With {} of 100 descriptors ready, a wait takes less than {} times as long as with {}. {}{}.",
                        percentage(waits.back().where), clearly, percentage(waits.front().where), compared,
                        little_text(*growth)));
    return claim;
}

Claim epoll_is_far_cheaper(const MonitorResult& monitor) {
    Claim claim{.id = "epoll-far-cheaper",
                .statement = "In real networks, epoll is far more efficient than select and poll.",
                .experiment =
                    "The time of poll is divided by the time of epoll: for one ready descriptor of n, and per event if "
                    "a share of 100 descriptors is ready."};
    std::vector<At<std::size_t>> by_descriptors;
    for (const MonitorPoint& point : monitor.points)
        if (const auto ratio = poll_against_epoll(point.mechanisms)) {
            claim.figures.push_back({fmt::format("one ready of {}", in_figures(point.descriptors)), *ratio, "times"});
            by_descriptors.push_back({point.descriptors, *ratio});
        }
    std::vector<At<double>> by_shares;
    for (const ActivePoint& point : monitor.active)
        if (const auto ratio = poll_against_epoll(point.mechanisms)) {
            claim.figures.push_back(
                {fmt::format("{} ready of {}", percentage(point.share), in_figures(point.descriptors)), *ratio,
                 "times"});
            by_shares.push_back({point.share, *ratio});
        }
    if (by_descriptors.empty()) {
        claim.figures.clear();
        claim.why = "The monitor has no figures for both poll and epoll.";
        return claim;
    }
    // From here to the largest number, and up to there from the smallest share, poll takes clearly longer.
    const auto first =
        std::find_if_not(by_descriptors.rbegin(), by_descriptors.rend(), is_far_cheaper<std::size_t>).base();
    const auto end = std::ranges::find_if_not(by_shares, is_far_cheaper<double>);
    const std::string descriptors = first == by_descriptors.end() ? "" : where_descriptors_turn(by_descriptors, first);
    const std::string shares = where_shares_turn(by_shares, end);
    if (first == by_descriptors.end())
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("With {} descriptors, the most that were tried, poll takes less than {} times the time of "
                           "epoll.",
                           in_figures(by_descriptors.back().where), clearly));
    else if (descriptors.empty() && shares.empty())
        decide(
            claim, ClaimVerdict::holds,
            fmt::format("With few and with many descriptors, whether they are idle or active, poll takes at least {} "
                        "times the time of epoll.",
                        clearly));
    else
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("{}{}{}: poll then takes at least {} times the time of epoll", descriptors,
                           descriptors.empty() || shares.empty() ? "" : ", and ", shares, clearly));
    return claim;
}

}  // namespace iomux::compare
