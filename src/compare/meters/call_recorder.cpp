#include "compare/meters/call_recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "compare/meters/system_call_names.hpp"

namespace iomux::compare {
namespace {

// The stop at the call's end is also a voluntary switch. That at its entry was counted before.
std::optional<std::uint64_t> sleeps_between(const std::optional<ContextSwitches>& entry,
                                            const std::optional<ContextSwitches>& end) {
    if (!entry || !end || end->voluntary <= entry->voluntary) return std::nullopt;
    return end->voluntary - entry->voluntary - 1;
}

}  // namespace

void CallRecorder::stopped(pid_t thread, int status) {
    const auto now = posix::Clock::now();
    const auto stop = call_stop(thread, status);
    if (!stop) return;
    if (const auto* entry = std::get_if<CallEntry>(&*stop)) {
        CallInProgress begun{entered(thread, *entry), context_switches_of(thread)};
        begun.call.entered = posix::Clock::now();  // what the tracer has done until now is no part of the call
        in_progress_.insert_or_assign(thread, std::move(begun));
    } else if (auto known = in_progress_.extract(thread); !known.empty()) {
        auto& [call, before] = known.mapped();
        call.returned = now;
        call.sleeps = sleeps_between(before, context_switches_of(thread));
        returned(std::move(call), std::get<CallExit>(*stop).result);
    }
    ++stops_;
}

TracedCall CallRecorder::entered(pid_t thread, const CallEntry& entry) {
    const std::string name = system_call_name(entry.number);
    const std::string descriptor = takes_descriptor(name) ? descriptor_kind(entry.arguments[0]) : "";
    return {.name = name,
            .stage = stage_of(name, entry, descriptor),
            .detail = detail_of(name, entry, descriptor),
            .entered = {},
            .returned = {},
            .thread = threads_.emplace(thread, threads_.size()).first->second};
}

void CallRecorder::returned(TracedCall call, std::int64_t result) {
    constexpr std::int64_t last_error = 4095;
    if (result < 0 && result >= -last_error) call.error = static_cast<int>(-result);
    call.result = call.error != 0 ? -1 : static_cast<long>(result);
    if (call.found_something()) ++fruitful_;
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
}

std::vector<TracedCall> CallRecorder::calls_since(posix::Clock::time_point begin) const {
    std::vector<TracedCall> calls;
    const std::lock_guard lock(mutex_);
    std::ranges::copy_if(calls_, std::back_inserter(calls),
                         [&](const TracedCall& call) { return call.returned > begin; });
    std::ranges::stable_sort(calls, {}, &TracedCall::entered);
    return calls;
}

// `socket:[4711]`, `anon_inode:[eventpoll]`, or a path.
std::string CallRecorder::descriptor_kind(std::uint64_t descriptor) const {
    std::error_code none;
    const std::string target =
        std::filesystem::read_symlink(fmt::format("/proc/{}/fd/{}", process_, static_cast<int>(descriptor)), none);
    if (none) return "closed";
    constexpr std::string_view anonymous = "anon_inode:[";
    if (target.starts_with(anonymous)) return target.substr(anonymous.size(), target.size() - anonymous.size() - 1);
    return target.starts_with('/') ? "file" : target.substr(0, target.find(':'));
}

}  // namespace iomux::compare
