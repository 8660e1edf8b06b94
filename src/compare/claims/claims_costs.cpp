#include <fmt/format.h>

#include <algorithm>

#include "compare/claims/claim_words.hpp"
#include "compare/claims/claims.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

// No more than this many times another figure is what noise may make of one that is the same.
constexpr double alike = 1.5;

bool are_alike(const std::vector<Slope>& slopes) {
    const auto [least, most] = std::ranges::minmax(slopes, {}, &Slope::us_a_descriptor);
    return least.us_a_descriptor > 0 && most.us_a_descriptor < 2 * least.us_a_descriptor;
}

double number(std::size_t count) { return static_cast<double>(count); }

std::string count_text(std::size_t count) { return grouped(number(count)); }

std::optional<double> poll_against_epoll(const std::vector<MonitorFigure>& figures) {
    const auto poll = median_of(figures, "poll");
    const auto epoll = median_of(figures, "epoll");
    if (!poll || !epoll) return std::nullopt;
    return *poll / *epoll;
}

}  // namespace

Claim select_grows_linearly(const MonitorResult& monitor) {
    Claim claim{.id = "select-linear",
                .statement = "select asks every descriptor: its time is O(n).",
                .experiment =
                    "One of n descriptors is made ready, waited for and read: what each further descriptor "
                    "adds."};
    const std::vector<Slope> slopes = slopes_of(monitor, "select");
    for (const Slope& slope : slopes)
        claim.figures.push_back(
            {fmt::format("for each more from {} to {}", count_text(slope.from), count_text(slope.to)),
             slope.us_a_descriptor * 1000, "ns"});
    const std::optional<Growth> growth = growth_of(monitor, "select");
    if (slopes.size() < 2)
        claim.why = "The monitor has too few figures of select.";
    else if (growth->factor < alike)
        decide(claim, ClaimVerdict::does_not_hold, "More descriptors do not cost more.");
    else if (are_alike(slopes))
        decide(claim, ClaimVerdict::holds, "Each further descriptor costs the same, up to the end of the set.");
    else
        decide(claim, ClaimVerdict::does_not_hold, "The cost grows, but not in proportion.");
    return claim;
}

Claim epoll_is_independent_of_connections(const MonitorResult& monitor) {
    Claim claim{.id = "epoll-independent",
                .statement =
                    "epoll does not poll: its cost depends on the active connections, and not on how many there "
                    "are.",
                .experiment =
                    "One of n descriptors is made ready, waited for and read; and a growing share of a hundred "
                    "that stay ready is waited for."};
    const std::optional<Growth> growth = growth_of(monitor, "epoll");
    const auto cost_of_wait = [](const ActivePoint& point) {
        return median_of(point.mechanisms, "epoll").value_or(0) * number(point.descriptors) * point.share;
    };
    if (!growth || monitor.active.size() < 2 || cost_of_wait(monitor.active.front()) <= 0) {
        claim.why = "The monitor has too few figures of epoll.";
        return claim;
    }
    const ActivePoint& fewest = monitor.active.front();
    const ActivePoint& most = monitor.active.back();
    const double of_active = cost_of_wait(most) / cost_of_wait(fewest);
    claim.figures = {
        {fmt::format("an operation with {} descriptors, against one with {}", count_text(growth->to),
                     count_text(growth->from)),
         growth->factor, "times"},
        {fmt::format("a wait with {:.0f} % ready, against one with {:.0f} %", most.share * 100, fewest.share * 100),
         of_active, "times"}};
    if (growth->factor > alike)
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("With {} descriptors one that is ready costs {:.2f} times as much.", count_text(growth->to),
                           growth->factor));
    else if (of_active > alike)
        decide(claim, ClaimVerdict::holds_only_when,
               "as few are active as before: where more connections mean more active ones, its cost grows with them");
    else
        decide(claim, ClaimVerdict::holds, "Neither more descriptors nor more active ones cost more.");
    return claim;
}

Claim epoll_is_far_cheaper(const MonitorResult& monitor) {
    Claim claim{.id = "epoll-far-cheaper",
                .statement = "In real networks epoll is far more efficient than select and poll.",
                .experiment =
                    "The cost of poll divided by that of epoll: for one of n descriptors that is ready, and for "
                    "each event where a share of a hundred is."};
    bool always = true;
    std::optional<std::size_t> from;
    std::optional<double> up_to;
    for (const MonitorPoint& point : monitor.points)
        if (const auto ratio = poll_against_epoll(point.mechanisms)) {
            claim.figures.push_back({fmt::format("one of {}", count_text(point.descriptors)), *ratio, "times"});
            if (*ratio < alike) always = false;
            if (*ratio >= alike && !from) from = point.descriptors;
        }
    for (const ActivePoint& point : monitor.active)
        if (const auto ratio = poll_against_epoll(point.mechanisms)) {
            claim.figures.push_back(
                {fmt::format("{:.0f} % of {}", point.share * 100, point.descriptors), *ratio, "times"});
            if (*ratio < alike) always = false;
            if (*ratio >= alike) up_to = point.share;
        }
    if (claim.figures.empty())
        claim.why = "The monitor has no figures of both.";
    else if (!from)
        decide(claim, ClaimVerdict::does_not_hold, "poll costs about the same, however many descriptors there are.");
    else if (always)
        decide(claim, ClaimVerdict::holds, "It is cheaper with few and with many, idle and active.");
    else
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("there are many descriptors, {} or more here, and few of them are active{}",
                           count_text(*from), up_to ? fmt::format(", up to {:.0f} %", *up_to * 100) : ""));
    return claim;
}

}  // namespace iomux::compare
