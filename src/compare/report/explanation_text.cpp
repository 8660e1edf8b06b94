#include "compare/report/explanation_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string_view>
#include <vector>

#include "compare/report/explanation_of_all_text.hpp"
#include "compare/report/parts_text.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

// A part below this share of the cost has no line of its own, unless it is told apart.
constexpr double least_share_of_line = 0.01;

std::string range_text(const std::optional<Interval>& interval) {
    return interval ? fmt::format(" [{}–{}]", us_text(interval->low), us_text(interval->high)) : "";
}
std::string estimate_text(const MeanEstimate& estimate) {
    return signed_us(estimate.mean) + signed_interval_text(estimate.interval);
}

std::string named_part(const PartCost& cost, const std::string& us, const std::string& more) {
    const std::string functions = functions_text(cost);
    const std::string inside = more.empty() || functions.empty() ? more + functions : more + ": " + functions;
    return fmt::format("{} µs in {}{}", us, text_of(cost.part), inside.empty() ? "" : " (" + inside + ")");
}

std::string sum_up(const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, "; ")); }

std::string cost_text(const ExplainedServer& server) { return server.cost ? us_text(server.cost->mean) : "?"; }

bool is_told_apart(const MeanEstimate& difference) {
    return difference.interval && !difference.interval->contains(0) && difference.p < 1 - level_of_parts;
}

std::string difference_sentence(const Explanation& explanation) {
    const ExplainedServer& one = explanation.servers[0];
    const ExplainedServer& other = explanation.servers[1];
    if (!explanation.difference) return "";
    const MeanEstimate& difference = *explanation.difference;
    if (!is_told_apart(difference))
        return fmt::format(
            "{} and {} are not told apart: {} µs and {} µs per message, which is a difference of {} µs.\n", one.title,
            other.title, cost_text(one), cost_text(other), estimate_text(difference));
    const bool more = difference.mean > 0;
    std::string interval;
    if (difference.interval) {
        const double ends[] = {std::abs(difference.interval->low), std::abs(difference.interval->high)};
        interval = fmt::format(" [{}–{}]", us_text(std::min(ends[0], ends[1])), us_text(std::max(ends[0], ends[1])));
    }
    return fmt::format("{} costs {} µs {} per message than {}{}: {} µs instead of {} µs.\n", other.title,
                       us_text(std::abs(difference.mean)), more ? "more" : "less", one.title, interval,
                       cost_text(other), cost_text(one));
}

std::string sentences_on_two(const Explanation& explanation) {
    std::string text = difference_sentence(explanation);
    if (explanation.parts.parts.empty()) return text;
    std::vector<std::string> largest;
    std::size_t told_apart = 0;
    for (const PartCost& cost : explanation.parts.parts) {
        if (!cost.told_apart) continue;
        ++told_apart;
        if (largest.size() < named_parts) largest.push_back(named_part(cost, signed_us(cost.difference_us()), ""));
    }
    if (largest.empty())
        text += "No part is told apart.\n";
    else
        text += fmt::format("The largest part{}: {}.\n", largest.size() == 1 ? "" : "s", sum_up(largest));
    if (explanation.parts.not_told_apart) {
        const std::size_t others = explanation.parts.parts.size() - told_apart;
        const std::string_view subject =
            others == 1 ? "part that is not told apart adds" : "parts that are not told apart add";
        text +=
            fmt::format("The {} {} up to {} µs.\n", others, subject, estimate_text(*explanation.parts.not_told_apart));
    }
    return text;
}

// The sum of all parts of the only server.
double sum_of_parts(const Explanation& explanation) {
    double sum = 0;
    for (const PartCost& cost : explanation.parts.parts) sum += cost.us.front();
    return sum;
}

std::string sentences_on_one(const Explanation& explanation) {
    const ExplainedServer& server = explanation.servers.front();
    std::string text;
    if (server.cost)
        text = fmt::format("{} takes {} µs of CPU time per message{}.\n", server.title, us_text(server.cost->mean),
                           range_text(server.cost->interval));
    if (!server.is_sampled()) return text;
    std::vector<std::string> largest;
    const double sum = sum_of_parts(explanation);
    double others = 0;
    for (const PartCost& cost : explanation.parts.parts) {
        const double us = cost.us.front();
        if (largest.size() < named_parts)
            largest.push_back(named_part(cost, us_text(us), fmt::format("{:.0f} %", 100 * us / sum)));
        else
            others += us;
    }
    text += fmt::format("The largest parts: {}.\n", sum_up(largest));
    if (explanation.parts.parts.size() > named_parts)
        text += fmt::format("The other {} parts take {} µs.\n", explanation.parts.parts.size() - named_parts,
                            us_text(others));
    return text;
}

bool has_line(const PartCost& cost, const Explanation& explanation) {
    if (cost.told_apart) return true;
    for (std::size_t i = 0; i < cost.us.size(); ++i)
        if (cost.us[i] >= least_share_of_line * explanation.servers[i].sampled_us) return true;
    return false;
}

std::vector<std::string> cells_of(const Explanation& explanation, std::string name, const std::vector<double>& us,
                                  const std::string& difference, std::string functions) {
    std::vector<std::string> cells{std::move(name)};
    for (const double one : us) cells.push_back(us_text(one));
    if (us.size() == 2)
        cells.push_back(difference);
    else
        cells.push_back(fmt::format("{:.1f} %", 100 * us.front() / sum_of_parts(explanation)));
    cells.push_back(std::move(functions));
    return cells;
}

std::string parts_table(const Explanation& explanation, const Terminal& terminal) {
    const bool two = explanation.servers.size() == 2;
    std::vector<std::string> header{"part"};
    for (const ExplainedServer& server : explanation.servers) header.push_back(server.title + " µs/msg");
    header.emplace_back(two ? "difference" : "share");
    header.emplace_back("most in");
    Table table(header, {header.size() - 1});
    std::vector<double> small(explanation.servers.size()), sums(explanation.servers.size());
    std::size_t small_parts = 0;
    for (const PartCost& cost : explanation.parts.parts) {
        const bool has_own = has_line(cost, explanation);
        for (std::size_t i = 0; i < cost.us.size(); ++i) {
            sums[i] += cost.us[i];
            if (!has_own) small[i] += cost.us[i];
        }
        if (!has_own) {
            ++small_parts;
            continue;
        }
        std::string difference = two ? estimate_text(*cost.difference) + (cost.told_apart ? "" : " ?") : "";
        table.add(cells_of(explanation, text_of(cost.part), cost.us, difference, functions_text(cost)));
    }
    const auto difference_of = [&](const std::vector<double>& us) { return two ? signed_us(us[1] - us[0]) : ""; };
    if (small_parts > 0)
        table.add(cells_of(explanation, fmt::format("{} smaller parts", small_parts), small, difference_of(small), ""));
    table.add(cells_of(
        explanation, "sum", sums,
        explanation.parts.difference ? estimate_text(*explanation.parts.difference) : difference_of(sums), ""));
    return table.text(terminal);
}

std::string samples_text(const Explanation& explanation) {
    std::vector<std::string> each;
    for (const ExplainedServer& server : explanation.servers)
        each.push_back(fmt::format("{}: {} samples, {} µs/msg by its CPU clock, {} without sampling", server.title,
                                   grouped(static_cast<double>(server.samples)), us_text(server.metered_us),
                                   cost_text(server)));
    return sum_up(each) + ".\n";
}

// Of counts per message.
std::string count_text(const std::optional<double>& count) {
    return count ? grouped(*count, *count < 100 ? 2 : 0) : "unknown";
}

std::string hardware_text(const Explanation& explanation) {
    if (explanation.no_hardware_counts)
        return fmt::format("Hardware counters: not measured: {}.\n", *explanation.no_hardware_counts);
    std::vector<std::string> each;
    for (const ExplainedServer& server : explanation.servers) {
        const HardwareCounts& counts = server.hardware;
        const std::optional<double> per_cycle =
            counts.cycles && counts.instructions ? std::optional(*counts.instructions / *counts.cycles) : std::nullopt;
        each.push_back(fmt::format("{}: {} cycles, {} instructions ({} per cycle), {} cache misses, {} branch misses",
                                   server.title, count_text(counts.cycles), count_text(counts.instructions),
                                   count_text(per_cycle), count_text(counts.cache_misses),
                                   count_text(counts.branch_misses)));
    }
    return fmt::format("Hardware counters, per message: {}.\n", sum_up(each));
}

// Of two figures of the same sessions, one with samples and one without.
std::string sampling_costs_text(const Explanation& explanation) {
    std::vector<std::string> each;
    for (const ExplainedServer& server : explanation.servers) {
        if (!server.sampling_cost) continue;
        const auto& [logarithm, interval, p] = *server.sampling_cost;
        const auto percent = [](double value) {
            const std::string size = fmt::format("{:.1f}", 100 * std::abs(std::expm1(value)));
            return size == "0.0" ? size : (value < 0 ? "−" : "+") + size;
        };
        const std::string range =
            interval ? fmt::format(" [{} to {}]", percent(interval->low), percent(interval->high)) : "";
        each.push_back(fmt::format("{}: {} %{}", server.title, percent(logarithm), range));
    }
    if (each.empty()) return "";
    return fmt::format(
        "What the sampling costs, from slices with and without it in the same sessions (one of {} cycles is without): "
        "{}.\n",
        cycles_per_pause, sum_up(each));
}

std::string notes_on(const Explanation& explanation, const Work& work, const Cores& cores) {
    std::string notes;
    if (explanation.servers.size() >= 2) notes += "[ ]: 95 % confidence interval; ?: not told apart. ";
    if (explanation.explains_all)
        notes +=
            "adds: what a part of the server's cost adds to the baseline's; the parts of a server add up to its "
            "whole difference. ";
    notes += fmt::format(
        "A part is a layer of code, and the stage of the server that it works for. {} sessions with {} samples per "
        "second of CPU time, and {} without. Load: {}; {}.\n",
        explanation.sampled_sessions, samples_per_second, explanation.sessions, work.text(), cores.text());
    if (!explanation.explains_all) notes += samples_text(explanation) + hardware_text(explanation);
    notes += sampling_costs_text(explanation);
    for (const std::string& warning : warnings_on(explanation)) notes += fmt::format("Warning: {}.\n", warning);
    return notes;
}

std::string sentences_on(const Explanation& explanation) {
    if (explanation.explains_all) return sentences_on_all(explanation);
    std::string text = explanation.servers.size() == 2 ? sentences_on_two(explanation) : sentences_on_one(explanation);
    for (const ExplainedServer& server : explanation.servers)
        if (server.failed) text += fmt::format("{} failed: {}\n", server.title, *server.failed);
    return text;
}

}  // namespace

std::vector<std::string> summary_of(const Explanation& explanation) {
    std::vector<std::string> lines;
    std::istringstream text(sentences_on(explanation));
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
}

std::string text_of(const Explanation& explanation, const Work& work, const Cores& cores, const Terminal& terminal) {
    std::string text = wrap_paragraph(sentences_on(explanation), terminal);
    if (explanation.explains_all) text += "\n" + table_of_all(explanation, terminal);
    if (explanation.sampled_sessions == 0) return text;
    if (!explanation.parts.parts.empty()) text += "\n" + parts_table(explanation, terminal);
    return fmt::format("{}\n{}", text, wrap_paragraph(notes_on(explanation, work, cores), terminal));
}

}  // namespace iomux::compare
