#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cli/output_file.hpp"
#include "compare/measure/progress.hpp"
#include "compare/results/results.hpp"

namespace iomux::compare {

/// Writes the progress of a comparison as JSON Lines, for another program. Each line has an `event`:
/// - `started`: `servers` (their titles, and `skipped` with the reason or null), `in_sessions` (whether it measures in
///   sessions), `rounds` (their number, if it measures in windows; null if precision or budget decide it),
///   `window_seconds`, `work` as text, `scenario`; commands without servers have an empty list, and `in_sessions`,
///   `rounds` and `window_seconds` are null. `scenario` is null, or its `name`, its `question`, and the `label` and the
///   numbers (`at`) of each of its `points`; the servers, the windows and the work are then those of the first point;
/// - `point`: of a scenario: the events from here on are about this `point`; the first is 1. In sessions the points
/// take
///   turns;
/// - `step`: the current `step` with a `server`, as text, and `seconds_left` of the whole command;
/// - `counted`: before the first round or session, if system calls are counted: a `server`'s `system_calls` per message
///   by name, the most frequent first (`{"recvfrom": 1.0, …}`); or null, and the reason in `system_calls_unknown`;
/// - `slices`: in a `session` (the first is 1), at the end of a cycle (at most ten times a second) and of the session:
///   the figures of the slices since the last such event. `sessions` is how many sessions there were, with the share of
///   this one (2.5: half of the third). Each of `servers` has its name as `server`, `messages_per_second` and
///   `cpu_us_per_message`;
/// - `session`: after a `session`: what all sessions so far (of this point) say. `baseline` is the title of the server
///   that ratios are relative to. `verdict` is null or the `text` and the `strength` of the statement on the point.
///   Each of `servers` has its name as `server`; `messages_per_second`, `cpu_us_per_message`, `p50_us` and `p99_us`;
///   `ratio` with its `value`, `low`, `high`, `verdict` and `same_within` (0.02 if it is called the same within 2 %,
///   else null); `failed` with the reason or null; and the `cpu_us_per_message`, the `ratio` (a number), the `p50_us`
///   and the `p99_us` of this session alone in `latest`. If a comparison is continued, the first such event is about
///   the last session that it had;
/// - `round`: in windows: the `server`'s next `round` begins; the first is 1;
/// - `sample`: ten times a second, the figures of the round so far: `seconds`, `messages`, `messages_per_second`,
///   `cpu_us_per_message`, `p50_us`, `p99_us`;
/// - `measured`: the same figures of the whole round; or nulls, and the reason in `failed`;
/// - `finished`: `results`, the object that `--json` writes; missing if the command was interrupted.
/// Unknown figures are null; so is a percentile of a round or session with too few messages for it.
class Events : public Progress {
public:
    /// `-` is standard output. Throws as cli::OutputStream.
    explicit Events(const std::string& file);

    /// About the first point of the experiment.
    void started(const std::vector<ServerSpec>& servers, const Experiment& experiment, const Plan& plan);
    /// Of a command without an experiment.
    void started(const std::vector<ServerSpec>& servers, const Work& work, const Plan& plan);
    /// For commands without servers and rounds.
    void started(std::string_view work);
    void finished(const Results& results);
    /// With the object that another command's `--json` writes.
    void finished(const boost::json::object& results);
    /// Whether events could not be written, because the reader has gone or the disk is full. The first such event is
    /// reported on standard error; then there are no more events, and the measurement goes on.
    bool are_lost() const { return lost_; }

    void show(std::string_view server, std::string_view step, std::chrono::seconds left) override;
    void point_begins(std::size_t number) override;
    void calls_counted(const ServerResult& row) override;
    void round_begins(const ServerSpec& server, std::size_t round) override;
    void round_ended(const ServerResult& row) override;
    bool wants_samples() const override { return true; }
    void passes(const Sample& sample) override;
    void session_begins(std::size_t session, std::size_t cycles) override;
    void turn_ended(const ServerSpec& server, const TurnSample& turn) override;
    void session_ended(std::span<const ServerResult> rows, std::string_view baseline) override;

private:
    void started(const std::vector<ServerSpec>& servers, const Work& work, const Plan& plan,
                 boost::json::value scenario);

    // What a server did in its slices since the last event.
    struct Slices {
        std::string server;
        double messages = 0;
        double seconds = 0;
        std::chrono::nanoseconds cpu{0};
    };

    void tell(const boost::json::object& event);
    void tell_slices();

    cli::OutputStream stream_;
    bool lost_ = false;
    bool has_scenario_ = false;
    std::vector<std::string> places_;  // of the points, as in verdicts
    std::size_t place_ = 0;
    Cores cores_;
    std::string server_;  // the server of the current round; empty between rounds
    std::size_t round_ = 0;
    std::size_t session_ = 0;
    std::size_t cycles_ = 0;  // of the session
    std::size_t cycle_ = 0;   // of the last turn
    std::vector<Slices> slices_;
};

}  // namespace iomux::compare
