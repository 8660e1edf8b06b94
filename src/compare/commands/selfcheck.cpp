#include "compare/commands/selfcheck.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "compare/comparison/comparison.hpp"
#include "compare/comparison/ranking_text.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/process/wait.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;

// With the same server twice, 1 verdict in 20 is wrong even if everything works. So one wrong verdict is allowed.
std::size_t most_wrong(std::size_t trials, bool slowed) {
    return slowed ? trials / 10 : std::max<std::size_t>(1, trials / 10);
}

// Many short rounds, because the confidence interval narrows with the number of pairs.
TestSetup setup_at(double rate, const Cores& cores) {
    Work work{.idle_memory = 0};
    work.rate = rate;
    work.warmup = milliseconds(50);
    work.duration = milliseconds(150);
    return make_test_setup(work, cores);
}

Plan plan_of(nanoseconds budget, std::uint32_t seed) {
    constexpr std::size_t fewest = 6;
    constexpr std::size_t most = 1000;
    return {.least_rounds = fewest, .most_rounds = most, .budget = budget, .seed = seed};
}

// Throws if a server was not measured completely.
std::vector<ServerResult> compared(const std::vector<ServerSpec>& specs, const TestSetup& setup, const Plan& plan,
                                   Progress& progress) {
    Comparison comparison = compare(specs, setup, plan, progress);
    if (comparison.interrupted) throw Interrupted();
    for (const ServerResult& row : comparison.rows)
        if (!is_complete(row))
            throw std::runtime_error(row.failed.value_or(row.skipped.value_or("the server was not measured")));
    return std::move(comparison.rows);
}

std::size_t count_right(const SelfCheck& check, bool slowed) {
    return static_cast<std::size_t>(std::ranges::count_if(
        check.trials, [&](const Trial& trial) { return trial.slowed == slowed && trial.is_right(); }));
}

std::size_t count_all(const SelfCheck& check, bool slowed) {
    return static_cast<std::size_t>(std::ranges::count(check.trials, slowed, &Trial::slowed));
}

std::vector<double> half_widths(const SelfCheck& check) {
    std::vector<double> widths;
    for (const Trial& trial : check.trials)
        if (!trial.slowed && trial.ratio.interval) widths.push_back(trial.ratio.interval->half_width());
    return widths;
}

// With two servers there is one ratio, so nothing is corrected.
constexpr std::string_view on_test =
    "verdict: the signed-rank test of the rounds' ratios (5 % level). The test decides, not the 95 % confidence "
    "interval, which may just exclude 1 beside \"not told apart\".\n";

}  // namespace

bool SelfCheck::passes() const {
    return std::ranges::all_of(std::array{false, true}, [&](bool slowed) {
        const std::size_t all = count_all(*this, slowed);
        return all - count_right(*this, slowed) <= most_wrong(all, slowed);
    });
}

SelfCheck self_check(const ServerSpec& epoll, const Cores& cores, const SelfCheckPlan& plan, Progress& progress) {
    const TestSetup setup = setup_at(plan.rate, cores);
    std::uint32_t seed = plan.seed;
    progress.enter("calibration");
    const std::vector<ServerResult> calibration =
        compared({epoll}, setup, plan_of(plan.alike_budget / 2, seed++), progress);
    SelfCheck check{.cpu_us_per_message = summarise(calibration).of(calibration.front())->cpu_us_per_message,
                    .added = {},
                    .trials = {}};
    check.added = round<nanoseconds>(duration<double, std::micro>(check.cpu_us_per_message * plan.slowed_by));
    ServerSpec slower = epoll;
    slower.options.insert(slower.options.end(), {"--work", fmt::format("busy:{}ns", check.added.count())});
    for (std::size_t i = 0; i < plan.comparisons; ++i)
        for (const bool slowed : {false, true}) {
            progress.enter(fmt::format("comparison {}/{}, {}", i + 1, plan.comparisons,
                                       slowed ? "one server slowed" : "the same server twice"));
            const std::vector<ServerResult> rows =
                compared({epoll, slowed ? slower : epoll}, setup,
                         plan_of(slowed ? plan.slowed_budget : plan.alike_budget, seed++), progress);
            check.trials.push_back({slowed, *summarise(rows).of(rows.back())->ratio});
        }
    return check;
}

std::string text_of(const SelfCheck& check, const SelfCheckPlan& plan, const Terminal& terminal) {
    Table table({"comparison", "ratio", "verdict", "expected", ""});
    for (const Trial& trial : check.trials)
        table.add({trial.slowed ? "slowed" : "same",
                   trial.ratio.interval ? fmt::format("{:.3f} [{:.3f}–{:.3f}]", trial.ratio.value,
                                                      trial.ratio.interval->low, trial.ratio.interval->high)
                                        : fmt::format("{:.3f}", trial.ratio.value),
                   std::string(cost_word(trial.ratio.verdict)),
                   std::string(cost_word(trial.slowed ? Verdict::more : Verdict::not_told_apart)),
                   trial.is_right() ? "right" : "WRONG"});
    const std::string alike = fmt::format(
        "Same server twice, {} s each: {} of {} did not tell them apart. The median half-width of the confidence "
        "interval is {:.1f} %.\n",
        duration<double>(plan.alike_budget).count(), count_right(check, false), count_all(check, false),
        median(half_widths(check)).value_or(0) * 100);
    const std::string slowed = fmt::format(
        "One server slowed by {:.3g} % ({} ns of {:.1f} µs per message), {} s each: {} of {} found the difference.\n",
        plan.slowed_by * 100, check.added.count(), check.cpu_us_per_message,
        duration<double>(plan.slowed_budget).count(), count_right(check, true), count_all(check, true));
    const std::string work =
        fmt::format("Measured: CPU per message of epoll at {} messages per second.\n", grouped(plan.rate));
    return fmt::format("{}\n{}", table.text(terminal),
                       wrap_paragraph(alike + slowed + work + std::string(on_test), terminal));
}

}  // namespace iomux::compare
