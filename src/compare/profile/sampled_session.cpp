#include "compare/profile/sampled_session.hpp"

#include <pthread.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <unordered_map>

#include "compare/meters/meters.hpp"
#include "compare/profile/call_chain.hpp"
#include "compare/profile/parts_table.hpp"
#include "compare/profile/process_symbols.hpp"
#include "compare/servers/running_process.hpp"
#include "compare/statistics/sessions.hpp"
#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

// A process of a server.
struct Sampled {
    std::size_t server;
    ProcessSymbols symbols;
};

std::uint64_t address_of(std::span<const std::uint64_t> chain, std::size_t frame) {
    return frame == 0 ? chain[frame] : address_of_call(chain[frame]);
}

// Before even a small buffer is full, which takes twice as long.
constexpr std::chrono::milliseconds time_between_takes{100};

using TimePoint = posix::Clock::time_point;

// A time in which the servers were sampled all the time, or not at all.
struct Period {
    TimePoint begin, end;
    bool is_sampled;
};

// A server's costs per message in the turns of a session.
struct TurnCosts {
    std::vector<std::optional<double>> sampled, others;

    void add(const TurnSample& turn, bool is_sampled) {
        if (turn.messages <= 0) return;
        const double cost = std::chrono::duration<double, std::micro>(turn.cpu).count() / turn.messages;
        (is_sampled ? sampled : others).emplace_back(cost);
    }
    std::optional<double> sampling_cost() const {
        const std::optional<double> with = geometric_mean_of_slices(sampled);
        const std::optional<double> without = geometric_mean_of_slices(others);
        return with && without ? std::optional(std::log(*with / *without)) : std::nullopt;
    }
};

// Collects the samples of a session, and counts them by part afterwards: that would take time from the load generator.
// A thread empties the buffers, because no turn ends while servers warm up.
class Collection {
public:
    // Nothing is sampled while the servers start, because the buffers are not emptied yet.
    Collection(const std::vector<int>& cores, std::size_t servers) : servers_(servers), sampler_(cores) {
        sampler_.pause();
    }

    // Called before the first turn.
    void add_processes(std::size_t server, const std::vector<pid_t>& processes) {
        {
            const std::lock_guard lock(mutex_);
            for (const pid_t process : processes) processes_.emplace(process, Sampled{server, ProcessSymbols(process)});
        }
        if (!taking_.joinable()) start();
    }
    void add_turn(const TurnSample& turn) {
        turns_.push_back(turn);
        const auto of_cycle = [&](const TurnSample& other) { return other.cycle == turn.cycle; };
        if (static_cast<std::size_t>(std::ranges::count_if(turns_, of_cycle)) < servers_) return;
        const std::size_t next = turn.cycle + 1;
        switch_to(next % cycles_per_pause != cycles_per_pause - 1);
    }
    // To be called when the session has ended, and before the results are read.
    void finish() {
        taking_ = {};
        const std::lock_guard lock(mutex_);
        take();
    }

    std::vector<SessionProfile> profiles(const KernelSymbols& kernel) const {
        std::vector<SessionProfile> profiles(servers_);
        std::vector<TurnCosts> costs(servers_);
        for (const TurnSample& turn : turns_) {
            const Period* const period = period_of(turn);
            if (period == nullptr) continue;
            costs[turn.server].add(turn, period->is_sampled);
            if (!period->is_sampled) continue;
            profiles[turn.server].messages += turn.messages;
            profiles[turn.server].cpu += turn.cpu;
        }
        for (std::size_t i = 0; i < servers_; ++i) profiles[i].sampling_cost = costs[i].sampling_cost();
        for (const StackSample& sample : samples_) {
            const Sampled& process = processes_.at(sample.process);
            if (!is_in_turn(sample.time, process.server)) continue;
            const std::vector<Frame> stack = stack_of(sample, process.symbols, kernel);
            const Attribution attribution = attribute(stack);
            const std::string name = stack.empty() ? "" : stack[attribution.frame].text();
            ++profiles[process.server].samples[attribution.part][name];
            ++profiles[process.server].stacks[from_outermost(stack)];
            count_lines(stack, profiles[process.server].lines);
            count_source_lines(stack, profiles[process.server].source_lines);
        }
        return profiles;
    }
    const MissedSamples& missed() const { return missed_; }

private:
    // This process starts no other while the thread runs.
    void start() {
        sampler_.resume();
        sigset_t all, before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, &before);  // threads inherit it
        taking_ = std::jthread([this](const std::stop_token& stop) {
            std::unique_lock lock(mutex_);
            while (!ended_.wait_for(lock, stop, time_between_takes, [&] { return stop.stop_requested(); })) take();
        });
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
    void take() {
        SampleBatch batch = sampler_.take();
        // Most other samples are of the load generator, if it has the same core.
        for (StackSample& sample : batch.samples)
            if (processes_.contains(sample.process)) samples_.push_back(std::move(sample));
        missed_.lost += batch.lost;
        missed_.throttled += batch.throttled;
    }
    // The next turn may have begun.
    void switch_to(bool is_sampled) {
        if (periods_.back().is_sampled == is_sampled) return;
        periods_.back().end = posix::Clock::now();
        const std::lock_guard lock(mutex_);
        if (is_sampled)
            sampler_.resume();
        else
            sampler_.pause();
        periods_.push_back({posix::Clock::now(), TimePoint::max(), is_sampled});
    }
    // Null if the sampling was switched during the turn.
    const Period* period_of(const TurnSample& turn) const {
        const auto period = std::ranges::find_if(
            periods_, [&](const Period& one) { return one.begin <= turn.begin && turn.end <= one.end; });
        return period == periods_.end() ? nullptr : &*period;
    }
    // Turns are in the order of time.
    bool is_in_turn(TimePoint time, std::size_t server) const {
        const auto turn = std::ranges::lower_bound(turns_, time, {}, &TurnSample::end);
        if (turn == turns_.end() || turn->begin > time || turn->server != server) return false;
        const Period* const period = period_of(*turn);
        return period != nullptr && period->is_sampled;
    }
    static std::vector<Frame> stack_of(const StackSample& sample, const ProcessSymbols& symbols,
                                       const KernelSymbols& kernel) {
        std::vector<Frame> stack;
        for (std::size_t i = 0; i < sample.kernel.size(); ++i)
            stack.push_back({.name = short_name(kernel.find(address_of(sample.kernel, i)).value_or("")),
                             .in = Frame::In::kernel,
                             .file = "the kernel"});
        const std::vector<std::uint64_t> user =
            complete_chain(sample, [&](std::uint64_t address) { return symbols.rule_for(address); });
        for (std::size_t i = 0; i < user.size(); ++i) stack.push_back(symbols.find(address_of(user, i)));
        return stack;
    }

    const std::size_t servers_;
    std::vector<TurnSample> turns_;
    std::vector<Period> periods_{{TimePoint::min(), TimePoint::max(), true}};
    std::mutex mutex_;  // of the following members
    Sampler sampler_;
    std::unordered_map<pid_t, Sampled> processes_;
    std::vector<StackSample> samples_;
    MissedSamples missed_;
    std::condition_variable_any ended_;
    std::jthread taking_;
};

void add_cores_of(pid_t thread, std::set<int>& cores) try {
    const std::vector<int> allowed = posix::allowed_cores(thread);
    cores.insert(allowed.begin(), allowed.end());
} catch (const std::system_error&) {
    // It has ended meanwhile.
}

// Functions of libraries that consist of headers are in the program's file.
Frame::In seen_in(const Frame& frame) {
    if (frame.in != Frame::In::program) return frame.in;
    const std::optional<Rule> rule = rule_of(frame);
    const bool is_own = !rule || !rule->layer || rule->layer == Layer::own_code;
    return is_own ? Frame::In::program : Frame::In::library;
}

}  // namespace

std::vector<StackFrame> from_outermost(std::span<const Frame> stack) {
    std::vector<StackFrame> frames;
    for (std::size_t i = stack.size(); i-- > 0;) {
        StackFrame frame{.name = stack[i].text(), .in = seen_in(stack[i])};
        const bool is_named = !stack[i].name.empty();
        if (is_named || frames.empty() || frames.back() != frame) frames.push_back(std::move(frame));
    }
    return frames;
}

// A function that calls itself counts once for each line.
void count_lines(std::span<const Frame> stack, LineCounts& lines) {
    std::set<std::pair<StackFrame, SourceLine>> all;
    for (const Frame& frame : stack)
        if (frame.line) all.emplace(StackFrame{.name = frame.text(), .in = seen_in(frame)}, *frame.line);
    for (const auto& [function, line] : all) ++lines[function][line];
}

void count_source_lines(std::span<const Frame> stack, SourceLineCounts& lines) {
    std::set<SourceLine> all;
    for (const Frame& frame : stack) {
        if (frame.line) all.insert(*frame.line);
        all.insert(frame.inlined_at.begin(), frame.inlined_at.end());
    }
    for (const SourceLine& line : all) ++lines[line];
}

std::size_t SessionProfile::count(const Part& part) const {
    std::size_t sum = 0;
    if (const auto found = samples.find(part); found != samples.end())
        for (const auto& [name, number] : found->second) sum += number;
    return sum;
}

std::size_t SessionProfile::count() const {
    std::size_t sum = 0;
    for (const auto& [part, functions] : samples) sum += count(part);
    return sum;
}

double SessionProfile::us_of(std::size_t number) const {
    const std::chrono::duration<double, std::micro> time = time_of_a_sample * static_cast<double>(number);
    return time.count() / messages;
}

double SessionProfile::metered_us() const { return std::chrono::duration<double, std::micro>(cpu).count() / messages; }

std::vector<int> sampled_cores(std::span<const ServerSpec> specs, const TestSetup& setup) {
    const std::vector<int> usual = setup.cores.server.empty() ? posix::allowed_cores() : setup.cores.server;
    std::set<int> cores(usual.begin(), usual.end());
    for (const ServerSpec& spec : specs)
        if (spec.attachment)
            for (const pid_t thread : threads_of(spec.attachment->process->family())) add_cores_of(thread, cores);
    return {cores.begin(), cores.end()};
}

std::vector<ProfileShare> profile_session(std::span<const ServerSpec> specs, const TestSetup& setup,
                                          const SessionPlan& plan, const KernelSymbols& kernel, MissedSamples& missed) {
    Collection collection(sampled_cores(specs, setup), specs.size());
    std::vector<SessionShare> shares = run_session(
        specs, setup, plan,
        {.turn_ended = [&](const TurnSample& turn) { collection.add_turn(turn); },
         .connected = [&](std::size_t server,
                          const std::vector<pid_t>& processes) { collection.add_processes(server, processes); }});
    collection.finish();
    missed.lost += collection.missed().lost;
    missed.throttled += collection.missed().throttled;
    std::vector<SessionProfile> profiles = collection.profiles(kernel);
    std::vector<ProfileShare> result;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        ProfileShare& share = result.emplace_back(ProfileShare{.profile = {}, .failed = std::move(shares[i].failed)});
        if (!share.failed) share.profile = std::move(profiles[i]);
    }
    return result;
}

}  // namespace iomux::compare
