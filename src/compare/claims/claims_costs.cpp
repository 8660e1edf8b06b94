#include <fmt/format.h>

#include <algorithm>

#include "compare/claims/claim_words.hpp"
#include "compare/claims/claims.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

// Two figures whose ratio is below this are treated as equal, because noise may explain the difference.
constexpr double alike = 1.5;

bool are_alike(const std::vector<Slope>& slopes) {
    const auto [least, most] = std::ranges::minmax(slopes, {}, &Slope::us_per_descriptor);
    return least.us_per_descriptor > 0 && most.us_per_descriptor < 2 * least.us_per_descriptor;
}

double number(std::size_t count) { return static_cast<double>(count); }

std::string count_text(std::size_t count) { return grouped(number(count)); }

std::optional<double> poll_against_epoll(const std::vector<MonitorFigure>& figures) {
    const auto poll = median_of(figures, "poll");
    const auto epoll = median_of(figures, "epoll");
    if (!poll || !epoll) return std::nullopt;
    return *poll / *epoll;
}

// How poll, which checks every descriptor, grows between the same numbers of descriptors.
std::optional<Growth> growth_of_poll(const MonitorResult& monitor, const Growth& epoll) {
    const std::optional<Growth> poll = growth_of(monitor, "poll");
    return poll && poll->from == epoll.from && poll->to == epoll.to ? poll : std::nullopt;
}

// Whether epoll's cost grows, and not only a little beside that of poll. Larger sets of data miss the caches more
// often, so even a constant number of steps takes longer.
bool grows_with_descriptors(const Growth& epoll, const std::optional<Growth>& poll) {
    constexpr double little = 3;
    constexpr double far_more = 10;
    if (epoll.factor <= alike) return false;
    return !poll || epoll.factor > little || poll->factor < far_more * epoll.factor;
}

std::string fold(double factor) { return grouped(factor, factor < 10 ? 2 : 0) + "-fold"; }

// `From 10 to 10,000 descriptors, epoll's time grows 1.51-fold; that of poll, which checks every descriptor, grows
// 574-fold`
std::string growth_text(const Growth& epoll, const std::optional<Growth>& poll) {
    std::string text = fmt::format("From {} to {} descriptors, epoll's time grows {}", count_text(epoll.from),
                                   count_text(epoll.to), fold(epoll.factor));
    if (poll) text += fmt::format("; that of poll, which checks every descriptor, grows {}", fold(poll->factor));
    return text;
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
            {fmt::format("per further descriptor, from {} to {}", count_text(slope.from), count_text(slope.to)),
             slope.us_per_descriptor * 1000, "ns"});
    const std::optional<Growth> growth = growth_of(monitor, "select");
    if (slopes.size() < 2)
        claim.why = "The monitor has too few figures for select.";
    else if (growth->factor < alike)
        decide(claim, ClaimVerdict::does_not_hold, "The time does not grow with the number of descriptors.");
    else if (are_alike(slopes))
        decide(claim, ClaimVerdict::holds, "Each further descriptor adds the same time, up to the largest set.");
    else
        decide(claim, ClaimVerdict::does_not_hold,
               "The time grows, but not in proportion to the number of descriptors.");
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
    const auto cost_of_wait = [](const ActivePoint& point) {
        return median_of(point.mechanisms, "epoll").value_or(0) * number(point.descriptors) * point.share;
    };
    if (!growth || monitor.active.size() < 2 || cost_of_wait(monitor.active.front()) <= 0) {
        claim.why = "The monitor has too few figures for epoll.";
        return claim;
    }
    const ActivePoint& fewest = monitor.active.front();
    const ActivePoint& most = monitor.active.back();
    const double of_active = cost_of_wait(most) / cost_of_wait(fewest);
    claim.figures = {{fmt::format("time with {} descriptors, divided by the time with {}", count_text(growth->to),
                                  count_text(growth->from)),
                      growth->factor, "times"},
                     {fmt::format("time of a wait with {:.0f} % ready, divided by that with {:.0f} %", most.share * 100,
                                  fewest.share * 100),
                      of_active, "times"}};
    const std::optional<Growth> poll = growth_of_poll(monitor, *growth);
    if (poll) claim.figures.insert(claim.figures.begin() + 1, {"the same of poll", poll->factor, "times"});
    const std::string compared = growth_text(*growth, poll);
    if (grows_with_descriptors(*growth, poll))
        decide(claim, ClaimVerdict::does_not_hold, compared + ".");
    else if (of_active > alike)
        decide(claim, ClaimVerdict::holds_only_when,
               "the number of active connections stays the same: epoll's cost grows with the number of active "
               "connections. " +
                   compared);
    else
        decide(claim, ClaimVerdict::holds,
               "The cost does not grow with the number of active descriptors. " + compared + ".");
    return claim;
}

Claim epoll_is_far_cheaper(const MonitorResult& monitor) {
    Claim claim{.id = "epoll-far-cheaper",
                .statement = "In real networks, epoll is far more efficient than select and poll.",
                .experiment =
                    "The time of poll is divided by the time of epoll: for one ready descriptor of n, and per event if "
                    "a share of 100 descriptors is ready."};
    bool always = true;
    std::optional<std::size_t> from;
    std::optional<double> up_to;
    for (const MonitorPoint& point : monitor.points)
        if (const auto ratio = poll_against_epoll(point.mechanisms)) {
            claim.figures.push_back({fmt::format("one ready of {}", count_text(point.descriptors)), *ratio, "times"});
            if (*ratio < alike) always = false;
            if (*ratio >= alike && !from) from = point.descriptors;
        }
    for (const ActivePoint& point : monitor.active)
        if (const auto ratio = poll_against_epoll(point.mechanisms)) {
            claim.figures.push_back(
                {fmt::format("{:.0f} % ready of {}", point.share * 100, count_text(point.descriptors)), *ratio,
                 "times"});
            if (*ratio < alike) always = false;
            if (*ratio >= alike) up_to = point.share;
        }
    if (claim.figures.empty())
        claim.why = "The monitor has no figures for both poll and epoll.";
    else if (!from)
        decide(claim, ClaimVerdict::does_not_hold, "poll costs about the same as epoll for any number of descriptors.");
    else if (always)
        decide(claim, ClaimVerdict::holds,
               "epoll is cheaper with few and with many descriptors, whether they are idle or active.");
    else
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("there are many descriptors (here at least {}) and few of them are active{}",
                           count_text(*from), up_to ? fmt::format(" (here at most {:.0f} %)", *up_to * 100) : ""));
    return claim;
}

}  // namespace iomux::compare
