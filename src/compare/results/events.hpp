#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "compare/measure/progress.hpp"
#include "compare/results/results.hpp"

namespace iomux::compare {

/// Writes the progress of a comparison as JSON Lines, for another program. Each line has an `event`:
/// - `started`: `servers` (their titles, and `skipped` with the reason or null), `rounds` (the maximum), `work` as
/// text;
///   commands without servers have an empty list, and `rounds` is null;
/// - `step`: the current `step` with a `server`, as text, and `seconds_left` of the whole command;
/// - `counted`: before the first round, if system calls are counted: a `server`'s `system_calls` per message by name,
/// the
///   most frequent first (`{"recvfrom": 1.0, …}`); or null, and the reason in `system_calls_unknown`;
/// - `round`: the `server`'s next `round` begins; the first is 1;
/// - `sample`: ten times a second, the figures of the round so far: `seconds`, `messages`, `messages_per_second`,
///   `cpu_us_per_message`, `p50_us`, `p99_us`;
/// - `measured`: the same figures of the whole round; or nulls, and the reason in `failed`;
/// - `finished`: `results`, the object that `--json` writes; missing if the command was interrupted.
/// Unknown figures are null.
class Events : public Progress {
public:
    /// `-` is standard output. Throws std::system_error.
    explicit Events(const std::string& file);

    void started(const std::vector<ServerSpec>& servers, const Work& work, const Plan& plan);
    /// For commands without servers and rounds.
    void started(std::string_view work);
    void finished(const Results& results);
    /// With the object that another command's `--json` writes.
    void finished(const boost::json::object& results);

    void show(std::string_view server, std::string_view step, std::chrono::seconds left) override;
    void calls_counted(const ServerResult& row) override;
    void round_begins(const ServerSpec& server, std::size_t round) override;
    void round_ended(const ServerResult& row) override;
    bool wants_samples() const override { return true; }
    void passes(const Sample& sample) override;

private:
    void tell(const boost::json::object& event);

    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    std::string server_;  // the server of the current round; empty between rounds
    std::size_t round_ = 0;
};

}  // namespace iomux::compare
