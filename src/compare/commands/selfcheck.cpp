#include "compare/commands/selfcheck.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "compare/comparison/ranking_text.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;

// Of the interval that must contain the true ratio.
constexpr double wide_confidence = 0.99;

// Includes the error of the truth.
Interval wide_interval(const CheckedServer& server) {
    LogRatio ratio = difference_of(server.measured, server.truth);
    ratio.value = server.measured.value;
    return interval_of(ratio, wide_confidence);
}

std::string percent(double share) { return fmt::format("{:.3g} %", share * 100); }

std::string chance_text(double chance) {
    if (chance > 0.99) return "over 99 %";
    if (chance < 0.01) return "under 1 %";
    return fmt::format("at least {:.0f} %", chance * 100);
}

std::string_view word_for(Finding finding) {
    switch (finding) {
        case Finding::right: return "right";
        case Finding::wrong: return "WRONG";
        case Finding::off: return "OFF";
        case Finding::not_enough: return "too noisy";
    }
    return "";
}

std::string three_digits(double ratio) { return fmt::format("{:.3f}", ratio); }

std::string three_digits(const Interval& interval) {
    return fmt::format("[{:.3f}–{:.3f}]", interval.low, interval.high);
}

std::string table_of(const SelfCheck& check, const Terminal& terminal) {
    Table table({"server", "true ratio", "measured", "verdict", "finding"});
    table.add({check.baseline, three_digits(1), three_digits(1), "baseline", ""});
    for (const CheckedServer& server : check.servers)
        table.add({server.title, three_digits(std::exp(server.truth.value)),
                   fmt::format("{} {}", three_digits(std::exp(server.measured.value)),
                               three_digits(interval_of(server.measured, confidence))),
                   std::string(cost_word(server.verdict)), std::string(word_for(server.finding()))});
    return table.text(terminal);
}

std::string calibration_text(const Calibration& calibration) {
    const Interval interval = interval_of(calibration.ratio, confidence);
    return fmt::format(
        "True ratios: calibrated. A server that spins {} ns longer per message costs {:.1f} % more [{:.1f}–{:.1f} "
        "%].\n",
        calibration.longer.count(), (std::exp(calibration.ratio.value) - 1) * 100, (interval.low - 1) * 100,
        (interval.high - 1) * 100);
}

std::string odds_text(const SelfCheck& check) {
    std::string text;
    for (const CheckedServer& server : check.servers)
        if (server.is_slowed())
            text += fmt::format("At this precision, a server {} slower is found in {} of such runs.\n",
                                percent(server.slowed_by), chance_text(server.chance));
    const auto slowed = std::ranges::count_if(check.servers, &CheckedServer::is_slowed);
    return text + fmt::format("A sound comparison fails this check in at most {} of 100 runs.\n",
                              std::lround(chance_of_false_alarm(static_cast<std::size_t>(slowed)) * 100));
}

std::string reason_text(const CheckedServer& server) {
    switch (server.finding()) {
        case Finding::right: return "";
        case Finding::off:
            return fmt::format("{}: the 99 % confidence interval {} does not contain the true ratio {:.3f}\n",
                               server.title, three_digits(wide_interval(server)), std::exp(server.truth.value));
        case Finding::not_enough:
            return fmt::format("{}: not found; this run was too noisy to tell whether it should have been\n",
                               server.title);
        case Finding::wrong:
            if (server.is_slowed() && server.verdict != Verdict::less)
                return fmt::format("{}: not found, although comparisons of this precision find it in {} of runs\n",
                                   server.title, chance_text(server.chance));
            return fmt::format("{}: {} according to the verdict, but {} the baseline\n", server.title,
                               cost_word(server.verdict),
                               server.is_slowed() ? percent(server.slowed_by) + " slower than" : "equal to");
    }
    return "";
}

std::string_view conclusion(SelfCheckOutcome outcome) {
    switch (outcome) {
        case SelfCheckOutcome::passed: return "Passed.";
        case SelfCheckOutcome::failed:
            return "Failed: repeat the check. If it fails again, comparisons on this machine are not reliable.";
        case SelfCheckOutcome::inconclusive:
            return "Inconclusive: to pass, the server that is slowed most must be found, by a comparison that finds "
                   "it in at least 50 % of runs. Measure longer (--budget), or when less else runs.";
    }
    return "";
}

boost::json::object json_of(const LogRatio& ratio) {
    const Interval interval = interval_of(ratio, confidence);
    return {{"ratio", std::exp(ratio.value)}, {"low", interval.low}, {"high", interval.high}};
}

}  // namespace

Calibration Calibration::of(const std::vector<ServerResult>& rows, nanoseconds longer) {
    return {.cpu_us_per_message = summarise(rows).of(rows.front())->cpu_us_per_message,
            .longer = longer,
            .ratio = log_ratio_from_sessions(log_ratios(rows.back(), rows.front()))};
}

nanoseconds Calibration::time_for(double share) const {
    return round<nanoseconds>(duration<double, std::nano>(longer) * share / (std::exp(ratio.value) - 1));
}

LogRatio Calibration::true_ratio(nanoseconds time, double cpu_us) const {
    const double scale = duration<double>(time) / duration<double>(longer) * cpu_us_per_message / cpu_us;
    const double calibrated = std::exp(ratio.value);
    const double truth = 1 + (calibrated - 1) * scale;
    return {.value = std::log(truth), .error = calibrated * ratio.error * scale / truth, .degrees = ratio.degrees};
}

bool Calibration::is_certain() const {
    constexpr double least = 4;
    const double calibrated = std::exp(ratio.value);
    return calibrated > 1 && calibrated - 1 >= least * calibrated * ratio.error;
}

Finding CheckedServer::finding() const {
    const bool is_found = verdict == Verdict::more;
    const bool is_named = is_found || verdict == Verdict::less;
    if (!is_slowed()) return is_named ? Finding::wrong : Finding::right;
    if (verdict == Verdict::less || (!is_found && chance >= sure_chance)) return Finding::wrong;
    if (!wide_interval(*this).contains(std::exp(truth.value))) return Finding::off;
    return is_found ? Finding::right : Finding::not_enough;
}

SelfCheckOutcome SelfCheck::outcome() const {
    const auto has_failed = [](const CheckedServer& server) {
        return server.finding() == Finding::wrong || server.finding() == Finding::off;
    };
    if (std::ranges::any_of(servers, has_failed)) return SelfCheckOutcome::failed;
    const auto slowest = std::ranges::max_element(servers, {}, &CheckedServer::slowed_by);
    return slowest->finding() == Finding::right && slowest->chance >= least_chance ? SelfCheckOutcome::passed
                                                                                   : SelfCheckOutcome::inconclusive;
}

std::string_view name_of(SelfCheckOutcome outcome) {
    switch (outcome) {
        case SelfCheckOutcome::passed: return "passed";
        case SelfCheckOutcome::failed: return "failed";
        case SelfCheckOutcome::inconclusive: return "inconclusive";
    }
    return "";
}

// One of the equal servers is named different, a slowed one is missed, or its interval does not contain the true ratio.
double chance_of_false_alarm(std::size_t slowed_servers) {
    return (1 - confidence) + static_cast<double>(slowed_servers) * ((1 - sure_chance) + (1 - wide_confidence));
}

SelfCheck checked(const Calibration& calibration, const std::vector<ServerResult>& rows,
                  const std::vector<std::string>& titles, const std::vector<double>& slowed_by) {
    const Summary summary = summarise(rows);
    SelfCheck check{.calibration = calibration, .baseline = titles.front(), .sessions = rows.front().rounds.size()};
    const double cpu_us = summary.of(rows.front())->cpu_us_per_message;
    const std::size_t others = rows.size() - 1;
    const std::size_t first_slowed = rows.size() - slowed_by.size();
    for (std::size_t i = 1; i < rows.size(); ++i) {
        CheckedServer& server = check.servers.emplace_back(
            CheckedServer{.title = titles[i],
                          .measured = log_ratio_from_sessions(log_ratios(rows[i], rows.front())),
                          .verdict = summary.of(rows[i])->ratio->verdict});
        if (i < first_slowed) continue;
        server.slowed_by = slowed_by[i - first_slowed];
        server.truth = calibration.true_ratio(calibration.time_for(server.slowed_by), cpu_us);
        // The calibration may have made it too slow, so the least that its error allows counts. Holm's correction asks
        // the most of a server if no other one is found.
        const double least = std::max(0.0, std::log(interval_of(server.truth, confidence).low));
        server.chance = chance_to_find(least, server.measured.error, server.measured.degrees,
                                       1 - (1 - confidence) / static_cast<double>(others));
    }
    return check;
}

std::string text_of(const SelfCheck& check, const Terminal& terminal) {
    std::string text =
        fmt::format(
            "{} sessions, in slices of {} ms. Measured: CPU per message, relative to {}, with 95 % confidence "
            "intervals.\n",
            check.sessions, duration<double, std::milli>(check.slice).count(), check.baseline) +
        calibration_text(check.calibration) + odds_text(check) + "\n";
    for (const CheckedServer& server : check.servers) text += reason_text(server);
    return fmt::format("{}\n{}", table_of(check, terminal),
                       wrap_paragraph(text + std::string(conclusion(check.outcome())) + "\n", terminal));
}

boost::json::object json_of(const SelfCheck& check) {
    boost::json::array servers;
    for (const CheckedServer& server : check.servers)
        servers.push_back(boost::json::object{{"title", server.title},
                                              {"slowed_by", server.slowed_by},
                                              {"true", json_of(server.truth)},
                                              {"measured", json_of(server.measured)},
                                              {"verdict", name_of(server.verdict)},
                                              {"chance", server.chance},
                                              {"finding", word_for(server.finding())}});
    return {{"outcome", name_of(check.outcome())},
            {"sessions", check.sessions},
            {"slice_ms", duration<double, std::milli>(check.slice).count()},
            {"cpu_us_per_message", check.calibration.cpu_us_per_message},
            {"calibration_ns", check.calibration.longer.count()},
            {"calibration", json_of(check.calibration.ratio)},
            {"servers", std::move(servers)}};
}

}  // namespace iomux::compare
