#include "compare/commands/selfcheck_measurement.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "compare/comparison/comparison.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/process/wait.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;

// A larger share is known more precisely. A much larger one changes how many messages are served at a time.
constexpr double calibrated_share = 0.2;
// Of the budget.
constexpr int calibration_part = 4;
// For a first look at the cost of a message.
constexpr std::size_t sessions_to_look = 2;

ServerSpec spinning(const ServerSpec& server, nanoseconds longer) {
    ServerSpec spec = server;
    spec.options.insert(spec.options.end(), {"--work", fmt::format("busy:{}ns", (least_spin + longer).count())});
    return spec;
}

SessionLimits as_many_as_fit() { return {.most = 1000}; }

class Measurement {
public:
    Measurement(const ServerSpec& server, const Work& work, const Cores& cores, const SelfCheckPlan& plan,
                Progress& progress)
        : server_(server), setup_(make_test_setup(work, cores)), plan_(plan), progress_(progress), seed_(plan.seed) {}

    std::optional<Calibration> calibrate() {
        progress_.enter("calibration");
        const Comparison alone =
            measured({spinning(server_, 0ns)}, {.least = sessions_to_look, .most = sessions_to_look}, 0ns);
        const double cost = summarise(alone.rows).of(alone.rows.front())->cpu_us_per_message;
        const auto longer = round<nanoseconds>(duration<double, std::micro>(cost * calibrated_share));
        const Comparison comparison = measured({spinning(server_, 0ns), spinning(server_, longer)}, as_many_as_fit(),
                                               plan_.budget / calibration_part);
        const Calibration calibration = Calibration::of(comparison.rows, longer);
        return calibration.is_certain() ? std::optional(calibration) : std::nullopt;
    }

    SelfCheck check(const Calibration& calibration) {
        progress_.enter("check");
        std::vector<ServerSpec> specs;
        std::vector<std::string> titles;
        for (std::size_t i = 1; i <= equal_servers; ++i) {
            specs.push_back(spinning(server_, 0ns));
            titles.push_back(i == 1 ? server_.name : fmt::format("{} {}", server_.name, i));
        }
        for (const double share : plan_.slowed_by) {
            specs.push_back(spinning(server_, calibration.time_for(share)));
            titles.push_back(fmt::format("{} +{:.3g} %", server_.name, share * 100));
        }
        SessionLimits limits = as_many_as_fit();
        if (plan_.sessions) limits.least = limits.most = *plan_.sessions;
        const Comparison comparison = measured(specs, limits, plan_.budget - plan_.budget / calibration_part);
        SelfCheck check = checked(calibration, comparison.rows, titles, plan_.slowed_by);
        check.slice = *comparison.slice;
        return check;
    }

private:
    Comparison measured(const std::vector<ServerSpec>& specs, SessionLimits limits, nanoseconds budget) {
        limits.longest_slice = 1s;  // as for --sessions: windows cannot replace them
        Comparison comparison =
            compare(specs, setup_, {.sessions = limits, .budget = budget, .seed = seed_++}, progress_);
        if (comparison.interrupted) throw Interrupted();
        for (const ServerResult& row : comparison.rows)
            if (!is_complete(row))
                throw std::runtime_error(row.failed.value_or(row.skipped.value_or("the server was not measured")));
        if (!comparison.slice) throw std::runtime_error("cannot measure in sessions: " + comparison.why_windows);
        return comparison;
    }

    const ServerSpec& server_;
    const TestSetup setup_;
    const SelfCheckPlan& plan_;
    Progress& progress_;
    std::uint32_t seed_;
};

}  // namespace

std::optional<SelfCheck> self_check(const ServerSpec& epoll, const Cores& cores, const SelfCheckPlan& plan,
                                    Progress& progress) {
    const Work work{.idle_memory = 0};
    check_limits(work);
    Measurement measurement(epoll, work, cores, plan, progress);
    const std::optional<Calibration> calibration = measurement.calibrate();
    return calibration ? std::optional(measurement.check(*calibration)) : std::nullopt;
}

}  // namespace iomux::compare
