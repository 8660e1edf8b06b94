#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/comparison/summary.hpp"
#include "compare/statistics/sessions.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// What a known time of spinning costs per message.
struct Calibration {
    double cpu_us_per_message = 0;       ///< Of a server that does not spin longer.
    std::chrono::nanoseconds longer{0};  ///< How much longer the other server spins.
    LogRatio ratio;                      ///< Of the two servers.

    /// From the server that does not spin longer, and the one that does.
    static Calibration of(const std::vector<ServerResult>& rows, std::chrono::nanoseconds longer);

    /// How much longer a server must spin to cost this share more.
    std::chrono::nanoseconds time_for(double share) const;
    /// The true ratio of a server that spins this much longer. `cpu_us` is the cost of the other server at that time:
    /// if the machine is slower then, the same spinning is a smaller share.
    LogRatio true_ratio(std::chrono::nanoseconds time, double cpu_us) const;
    /// Whether the cost of spinning is at least four times its standard error.
    bool is_certain() const;
};

/// If the chance of finding a server is at least this high and it is not found, the check fails.
inline constexpr double sure_chance = 0.99;

/// If the chance of finding the server that is slowed most is lower, the check does not pass: finding it may be luck.
inline constexpr double least_chance = 0.5;

enum class Finding {
    right,       ///< The verdict is right, and the interval is consistent with the true ratio.
    wrong,       ///< It names a difference that is none, or misses one that it should have found.
    off,         ///< The 99 % confidence interval does not contain the true ratio.
    not_enough,  ///< A slowed server is not found, but the chance of that was low.
};

/// A server compared with the baseline.
struct CheckedServer {
    std::string title;       ///< `epoll 2`, `epoll +5 %`
    double slowed_by = 0;    ///< As a share of its CPU per message; 0: it is equal to the baseline.
    LogRatio truth = {};     ///< Of an equal server: 0, without error.
    LogRatio measured = {};  ///< What the comparison says.
    Verdict verdict = Verdict::too_few;
    double chance = 0;  ///< How likely a comparison of this precision finds the server, at least.

    bool is_slowed() const { return slowed_by > 0; }
    Finding finding() const;
};

enum class SelfCheckOutcome { passed, failed, inconclusive };

/// `passed`, `failed`, `inconclusive`
std::string_view name_of(SelfCheckOutcome outcome);

/// A comparison of servers whose differences are known.
struct SelfCheck {
    Calibration calibration;
    std::string baseline = {};
    std::vector<CheckedServer> servers = {};  ///< Without the baseline.
    std::size_t sessions = 0;
    std::chrono::nanoseconds slice{0};  ///< The length of the slices.

    /// Failed if a finding is `wrong` or `off`. Otherwise passed if the server that is slowed most was found, and the
    /// chance of that was at least `least_chance`.
    SelfCheckOutcome outcome() const;
};

/// At most this share of the runs of a sound comparison fail.
double chance_of_false_alarm(std::size_t slowed_servers);

/// Compares the measured servers, the first of which is the baseline, with what is known about them. The titles and the
/// rows are in the same order; each of the last rows is slowed by one of the shares.
SelfCheck checked(const Calibration& calibration, const std::vector<ServerResult>& rows,
                  const std::vector<std::string>& titles, const std::vector<double>& slowed_by);

/// A table with a line per server, the odds, and the outcome with its reasons.
std::string text_of(const SelfCheck& check, const Terminal& terminal);
boost::json::object json_of(const SelfCheck& check);

}  // namespace iomux::compare
