#include "load/engine/conductor.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <system_error>

#include "load/engine/generator.hpp"
#include "posix/cpu_time.hpp"

namespace iomux::load {
namespace {

using std::chrono::nanoseconds;

Workload workload_on(const Target& target, Workload workload) {
    workload.endpoint = target.endpoint;
    return workload;
}

// A target and the connections to it.
class Visited {
public:
    Visited(const Target& target, const Workload& workload, const posix::EventFd& stop)
        : target_(target), generator_(workload_on(target, workload), stop, {}) {
        generator_.connect();
        read_clocks([this] { cpu_before_ = posix::settled_cpu_time(target_.processes); });
    }

    bool going_on() const { return generator_.going_on() && !clock_error_; }

    // Nothing if the target has failed or the run was stopped.
    std::optional<Turn> visit(const Plan& plan) {
        Turn turn;
        read_clocks([&] { turn.cpu_between = posix::cpu_time(target_.processes) - cpu_before_; });
        if (going_on()) static_cast<void>(generator_.slice(plan.prelude));
        nanoseconds begin{0};
        read_clocks([&] { begin = posix::settled_cpu_time(target_.processes); });
        if (going_on()) turn.counted = generator_.slice(plan.slice);
        read_clocks([&] { cpu_before_ = posix::settled_cpu_time(target_.processes); });
        turn.cpu = cpu_before_ - begin;
        return going_on() ? std::optional(turn) : std::nullopt;
    }

    void count(const Turn& turn) { append(measured_, turn.counted); }

    Result result() const {
        Result result = generator_.result();
        result.measured = measured_;
        if (clock_error_ && result.errors++ == 0) result.error = *clock_error_;
        return result;
    }

private:
    // A process that has ended has no clock.
    template <class Read>
    void read_clocks(Read read) try {
        if (going_on()) read();
    } catch (const std::system_error& error) {
        clock_error_ = error.what();
    }

    const Target& target_;
    Generator generator_;
    nanoseconds cpu_before_{0};  // at the end of the previous turn
    Window measured_;
    std::optional<std::string> clock_error_;
};

}  // namespace

void conduct(const Workload& workload, const Plan& plan, const posix::EventFd& stop,
             const std::function<void(const Turn&)>& report,
             const std::function<void(const std::vector<Result>&)>& finish) {
    std::vector<std::unique_ptr<Visited>> targets;
    for (const Target& target : plan.targets) targets.push_back(std::make_unique<Visited>(target, workload, stop));

    std::mt19937_64 random(plan.seed);
    std::vector<std::size_t> order(targets.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t cycle = 0; cycle < plan.warmup_cycles + plan.cycles; ++cycle) {
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

    std::vector<Result> results;
    for (const auto& target : targets) results.push_back(target->result());
    finish(results);
}

}  // namespace iomux::load
