#include "load/engine/conductor.hpp"

#include <poll.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <system_error>

#include "load/engine/churn_generator.hpp"
#include "load/engine/datagram_generator.hpp"
#include "load/engine/generator.hpp"
#include "load/engine/pausing.hpp"
#include "load/engine/threads.hpp"
#include "load/engine/warm_up.hpp"
#include "posix/clock.hpp"
#include "posix/cpu_time.hpp"
#include "posix/error.hpp"

namespace iomux::load {
namespace {

using std::chrono::nanoseconds;
using Time = posix::Clock::time_point;

// If the turns have not shown whether a server spins, no server has a turn for this time.
constexpr nanoseconds last_observation = 2 * Rest::shortest;

// Without replies, only the clock shows that a server has nothing left to do, and much may be left in its sockets.
posix::Settling settling_of(const Workload& workload) {
    if (workload.answered()) return {};
    return {.quiet = std::chrono::milliseconds(1), .longest = std::chrono::milliseconds(50)};
}

std::unique_ptr<SlicedLoad> load_on(const Target& target, Workload workload, const posix::EventFd& stop) {
    workload.endpoint = target.endpoint;
    workload.patience = target.patience.value_or(workload.patience);
    if (workload.threads > 1) return std::make_unique<ThreadedLoad>(workload, stop);
    if (workload.churn) return std::make_unique<ChurnGenerator>(workload, stop, WindowMarks());
    switch (workload.transport) {
        case Transport::stream: return std::make_unique<Generator>(workload, stop, WindowMarks());
        case Transport::datagrams: return std::make_unique<DatagramGenerator>(workload, stop, WindowMarks());
    }
    return nullptr;
}

std::optional<double> cost_of(nanoseconds cpu, const Window& counted) {
    if (counted.messages == 0) return std::nullopt;
    return static_cast<double>(cpu.count()) / static_cast<double>(counted.messages);
}

// A target and the connections to it.
class Visited {
public:
    Visited(const Target& target, const Workload& workload, const posix::EventFd& stop)
        : target_(target),
          settling_(settling_of(workload)),
          load_(load_on(target, workload, stop)),
          warm_up_(target.warm_up) {
        load_->connect();
    }

    bool going_on() const { return load_->going_on() && !clock_error_; }

    // Before the first visit. The processes of the target are known from now on.
    void begin() {
        processes_.emplace(target_.processes);
        read_clocks([this] { end_turn(); });
    }
    void warm_up() {
        for (nanoseconds part = warm_up_.next_part(); part > nanoseconds(0) && going_on();
             part = warm_up_.next_part()) {
            read_clocks([this] { end_turn(); });
            const nanoseconds begin = cpu_before_;
            const Window counted = load_->slice(part);
            read_clocks([this] { end_turn(); });
            warm_up_.add(part, cost_of(cpu_before_ - begin, counted));
        }
    }

    // Nothing if the target has failed or the run was stopped.
    std::optional<Turn> visit(const Plan& plan) {
        Turn turn;
        read_clocks([&] {
            turn.cpu_between = used_between();
            if (!paused_) rest_.observe(turn.cpu_between, posix::Clock::now() - turn_ended_);
        });
        resume();
        if (going_on()) static_cast<void>(load_->slice(plan.prelude));
        nanoseconds begin{0};
        read_clocks([&] {
            begin = settled_cpu_time();
            turn.begin = posix::Clock::now();
        });
        resume();
        if (going_on()) turn.counted = load_->slice(plan.slice);
        read_clocks([&] { end_turn(); });
        turn.cpu = cpu_before_ - begin;
        turn.end = turn_ended_;
        return going_on() ? std::optional(turn) : std::nullopt;
    }

    void count(const Turn& turn) { append(measured_, turn.counted); }

    // Whether it might have to be paused.
    bool may_be_spinning() const {
        return going_on() && target_.pausable && !target_.processes.empty() && rest_.may_be_spinning();
    }
    // Ends the warm-up: pauses the processes if they spin. `may_be_spinning` was true for `last_observation`.
    void pause_if_spinning() {
        read_clocks([this] {
            rest_.observe(used_between(), posix::Clock::now() - turn_ended_);
            paused_ = rest_.is_spinning();
            if (paused_) end_turn();
        });
    }
    // The share of a core is that of the turns that are reported.
    void forget_warm_up() {
        if (!paused_) rest_ = {};
    }

    void resume() noexcept {
        if (paused_) processes_->resume();
    }

    TargetResult result() const {
        TargetResult all{.result = load_->result(),
                         .paused = paused_,
                         .cpu_share_between = std::nullopt,
                         .warm_up = warm_up_.time(),
                         .settled = std::nullopt};
        Result& result = all.result;
        result.measured = measured_;
        if (clock_error_ && result.errors++ == 0) result.error = *clock_error_;
        if (!target_.processes.empty()) {
            all.cpu_share_between = rest_.share();
            all.settled = warm_up_.settled();
        }
        return all;
    }

private:
    // A process that has ended has no clock.
    template <class Read>
    void read_clocks(Read read) try {
        if (going_on()) read();
    } catch (const std::system_error& error) {
        clock_error_ = error.what();
    }

    nanoseconds used_between() const { return posix::cpu_time(target_.processes) - cpu_before_; }

    // The clock of a stopped process is up to date.
    nanoseconds settled_cpu_time() {
        if (paused_) processes_->pause();
        return posix::settled_cpu_time(target_.processes, settling_);
    }
    void end_turn() {
        cpu_before_ = settled_cpu_time();
        turn_ended_ = posix::Clock::now();
    }

    const Target& target_;
    const posix::Settling settling_;
    const std::unique_ptr<SlicedLoad> load_;
    std::optional<PausedProcesses> processes_;
    WarmUp warm_up_;
    bool paused_ = false;
    nanoseconds cpu_before_{0};  // at the end of the previous turn
    Time turn_ended_;
    Rest rest_;
    Window measured_;
    std::optional<std::string> clock_error_;
};

using Targets = std::vector<std::unique_ptr<Visited>>;

// Waits until the time has passed or the run is stopped.
void wait(const posix::EventFd& stop, nanoseconds time) {
    const posix::Deadline end = posix::Clock::now() + time;
    pollfd polled{stop.fd(), POLLIN, 0};
    while (posix::ready_count(::poll(&polled, 1, posix::milliseconds_until(end)), "poll") == 0 &&
           posix::Clock::now() < *end)
        continue;
}

void end_warm_up(const Targets& targets, const posix::EventFd& stop) {
    const auto may_be_spinning = [](const auto& target) { return target->may_be_spinning(); };
    if (std::ranges::any_of(targets, may_be_spinning)) wait(stop, last_observation);
    for (const auto& target : targets) {
        if (target->may_be_spinning()) target->pause_if_spinning();
        target->forget_warm_up();
    }
}

}  // namespace

void conduct(const Workload& workload, const Plan& plan, const posix::EventFd& stop,
             const std::function<void(const Turn&)>& report,
             const std::function<void(const std::vector<TargetResult>&)>& finish,
             const std::function<void()>& connected) {
    Targets targets;
    for (const Target& target : plan.targets) targets.push_back(std::make_unique<Visited>(target, workload, stop));
    connected();
    for (const auto& target : targets) target->begin();
    for (const auto& target : targets) target->warm_up();

    std::mt19937_64 random(plan.seed);
    std::vector<std::size_t> order(targets.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t cycle = 0; cycle < plan.warmup_cycles + plan.cycles; ++cycle) {
        if (cycle == plan.warmup_cycles) end_warm_up(targets, stop);
        std::ranges::shuffle(order, random);
        for (const std::size_t number : order) {
            Visited& target = *targets[number];
            if (!target.going_on()) continue;
            std::optional<Turn> turn = target.visit(plan);
            if (!turn || cycle < plan.warmup_cycles) continue;
            turn->cycle = cycle - plan.warmup_cycles;
            turn->target = number;
            target.count(*turn);
            report(*turn);
        }
    }

    std::vector<TargetResult> results;
    for (const auto& target : targets) {
        target->resume();
        results.push_back(target->result());
    }
    finish(results);
}

}  // namespace iomux::load
