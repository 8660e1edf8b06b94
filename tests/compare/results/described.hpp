#pragma once

#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <boost/pfr.hpp>
#include <set>
#include <string>

#include "compare/comparison/brief.hpp"
#include "compare/results/results.hpp"

namespace iomux::compare {

// The members of the structs that the JSON of results is written from. `member_names` does not compile if a list is
// incomplete.
BOOST_DESCRIBE_STRUCT(Results, (), (created, environment, plan, quick, partial, experiments, monitor, claims))
BOOST_DESCRIBE_STRUCT(SessionLimits, (), (least, most, cycles, slice, longest_slice, warmup))
BOOST_DESCRIBE_STRUCT(Plan, (), (sessions, least_rounds, most_rounds, precision, budget, seed, baseline))
BOOST_DESCRIBE_STRUCT(Experiment, (), (name, question, figures, cores, charges_interrupts, points))
BOOST_DESCRIBE_STRUCT(Point, (), (at, label, work, rows, slice, why_windows, summary))
BOOST_DESCRIBE_STRUCT(PointSummary, (), (baseline, servers, rankings, costs))
BOOST_DESCRIBE_STRUCT(Work, (),
                      (connections, size, depth, idle, rate, churn, datagrams, unix_socket, load_threads, flooders,
                       simulated_work, idle_memory, warmup, duration, service, framing))
BOOST_DESCRIBE_STRUCT(ServerResult, (),
                      (spec, skipped, failed, rounds, warmup, idle_memory, idle_unknown, system_calls,
                       system_calls_unknown))
BOOST_DESCRIBE_STRUCT(WarmUp, (), (time, settled))
BOOST_DESCRIBE_STRUCT(ServerSpec, (),
                      (name, path, program, origin, summary, guarded, descriptor_ceiling, usual_max_connections,
                       datagrams, usual_threads, own_options, unavailable, options, overshadowed, attachment,
                       start_timeout))
BOOST_DESCRIBE_STRUCT(ServerSummary, (), (medians, limit, intervals))
BOOST_DESCRIBE_STRUCT(Medians, (),
                      (messages_per_second, cpu_us_per_message, ratio, p50, p99, p99_9, starved, load_cpu_share,
                       server_cpu_share, context_switches_per_message, user_us_per_message, system_us_per_message,
                       core_softirq_us_per_message, events_per_wait, in_flight_ratio, unsent_share))
BOOST_DESCRIBE_STRUCT(Ratio, (), (value, interval, p, verdict, outliers, spread, warnings))
BOOST_DESCRIBE_STRUCT(RatioWarning, (), (kind, value))
BOOST_DESCRIBE_STRUCT(Ranking, (), (order, not_told_apart))
BOOST_DESCRIBE_STRUCT(Cost, (), (pair, server, over, value, interval, verdict))
BOOST_DESCRIBE_STRUCT(Answer, (), (question, answer, why, command))
BOOST_DESCRIBE_STRUCT(Reason, (), (scenario, point, load, text, ratio, strength))
BOOST_DESCRIBE_STRUCT(Statement, (), (text, strength))
BOOST_DESCRIBE_STRUCT(Crossover, (), (text, winners))
BOOST_DESCRIBE_STRUCT(Winner, (), (server, points, told_apart))
BOOST_DESCRIBE_STRUCT(Round, (),
                      (messages, messages_per_second, p50, p99, p99_9, mean, in_flight_ratio, unsent_share, sent_in_all,
                       starved, load_cpu_share, window, process_cpu, spent, switches, core_interrupts, server_cpu, load,
                       counters, slices))
BOOST_DESCRIBE_STRUCT(IdleMemory, (), (connections, bytes, kernel_stack_bytes, socket_bytes, socket_unknown))
BOOST_DESCRIBE_STRUCT(SystemCalls, (), (source, per_message, all_per_message))
BOOST_DESCRIBE_STRUCT(MonitorResult, (), (points, active))
BOOST_DESCRIBE_STRUCT(MonitorPoint, (), (descriptors, mechanisms))
BOOST_DESCRIBE_STRUCT(ActivePoint, (), (descriptors, share, mechanisms))
BOOST_DESCRIBE_STRUCT(MonitorFigure, (), (mechanism, median, interval, not_measured))
BOOST_DESCRIBE_STRUCT(Claim, (), (id, statement, experiment, figures, verdict, why))
BOOST_DESCRIBE_STRUCT(ClaimFigure, (), (name, value, unit, interval))

/// The names of the struct's members.
template <class Struct>
std::set<std::string> member_names() {
    using Members = boost::describe::describe_members<Struct, boost::describe::mod_public>;
    static_assert(boost::mp11::mp_size<Members>::value == boost::pfr::tuple_size_v<Struct>,
                  "a member is not described above");
    std::set<std::string> names;
    boost::mp11::mp_for_each<Members>([&](auto member) { names.insert(member.name); });
    return names;
}

}  // namespace iomux::compare
