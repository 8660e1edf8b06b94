#include "load/result/result.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/service_options.hpp"

namespace iomux::load {
namespace {

void merge(Datagrams& sum, const Datagrams& one) {
    sum.sent += one.sent;
    sum.lost += one.lost;
    sum.late += one.late;
}

void merge(Punctuality& sum, const Punctuality& one) {
    sum.due += one.due;
    sum.sent += one.sent;
    sum.late += one.late;
    sum.unsent += one.unsent;
    sum.backlog += one.backlog;
    sum.backlog_sent += one.backlog_sent;
    sum.answered_later += one.answered_later;
    sum.unanswered += one.unanswered;
    sum.lateness.merge(one.lateness);
}

void merge(Window& sum, const Window& one) {
    sum.length = std::max(sum.length, one.length);
    sum.cpu += one.cpu;
    sum.cores = std::max(sum.cores, one.cores);
    sum.messages += one.messages;
    sum.sent += one.sent;
    sum.received += one.received;
    merge(sum.datagrams, one.datagrams);
    merge(sum.punctuality, one.punctuality);
    sum.latency.merge(one.latency);
}

// What to do if the server has another protocol.
std::string advice_on(const protocol::ProtocolConfig& protocol, bool datagrams) {
    return fmt::format("; the server needs the same {}: {}", cli::options_in_common("and", protocol, datagrams),
                       cli::how_to_agree("iomux-load", protocol, datagrams));
}

}  // namespace

void append(Window& sum, const Window& next) {
    const std::chrono::nanoseconds length = sum.length + next.length;
    merge(sum, next);
    sum.length = length;
}

Result merged(std::span<const Result> results) {
    Result all;
    for (const Result& one : results) {
        merge(all.measured, one.measured);
        if (all.errors == 0) all.error = one.error;
        all.errors += one.errors;
        all.sent_in_all += one.sent_in_all;
        all.starved += one.starved;
        all.unfinished += one.unfinished;
        all.stopped |= one.stopped;
    }
    // If a thread did not reach its window, the requested load was not measured.
    if (std::ranges::any_of(results, [](const Result& one) { return one.measured.length.count() == 0; }))
        all.measured = {};
    return all;
}

std::string wrong_reply(const Workload& workload) {
    const protocol::ProtocolConfig& protocol = workload.protocol;
    return fmt::format("wrong reply for service {}, framing {}{}", name_of(protocol.service), name_of(protocol.framing),
                       workload.names_options ? advice_on(protocol, false) : "");
}

std::string wrong_datagram(const Workload& workload) {
    return fmt::format("wrong reply for service {}{}", name_of(workload.protocol.service),
                       workload.names_options ? advice_on(workload.protocol, true) : "");
}

std::string without_a_reply(const Workload& workload) {
    if (!workload.names_options) return "";
    return "; no reply was complete: " + cli::if_the_protocols_differ("iomux-load", workload.protocol, false);
}

std::string nothing_measured(const Workload& workload, const Window& window) {
    return fmt::format("no message was {} in the measurement of {:.3g} s{}", workload.answered() ? "answered" : "sent",
                       std::chrono::duration<double>(window.length).count(),
                       workload.names_options ? "; use a longer --duration, or a smaller --size" : "");
}

std::string without_a_first_reply(const Workload& workload) {
    return fmt::format("no reply was complete within {:.3g} s, although bytes were sent or received{}",
                       std::chrono::duration<double>(workload.longest_first_reply).count(),
                       workload.names_options ? "; use fewer --connections, or a smaller --size" : "");
}

std::string stalled(const Workload& workload) {
    return fmt::format("stalled: no byte sent or received for {:.3g} s",
                       std::chrono::duration<double>(workload.stall_limit).count());
}

}  // namespace iomux::load
