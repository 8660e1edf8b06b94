#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "compare/measure/progress.hpp"
#include "compare/results/results.hpp"

namespace iomux::compare {

/// Tells a program how a comparison goes on: JSON objects, a line each, as things happen. `event` says which:
/// - `started`: `servers` (their titles, and `skipped` with the reason or null), `rounds` (at most), `work` in words;
///   where nobody chose servers there are none, and `rounds` is null;
/// - `step`: what is done with a `server` now, `step` for people, `seconds_left` for all that is to come;
/// - `counted`: before the first round, where they were to be counted: a `server`'s `system_calls` a message by name,
///   the most frequent first (`{"recvfrom": 1.0, …}`), or null, and `system_calls_unknown` says why;
/// - `round`: the `server`'s next `round` begins, the first is 1;
/// - `sample`: ten times a second within it, what has come of it so far: `seconds`, `messages`, `messages_per_second`,
///   `cpu_us_a_message`, `p50_us`, `p99_us`;
/// - `measured`: the same figures of the whole round, or all of them null, and `failed` says why;
/// - `finished`: `results`, the object that `--json` writes. There is none where the comparison was cut off.
/// Figures that are not known are null.
class Events : public Progress {
public:
    /// Where `-` is standard output. Throws std::system_error.
    explicit Events(const std::string& file);

    void started(const std::vector<ServerSpec>& servers, const Work& work, const Plan& plan);
    /// Of what is done without servers of the user's choice, and in no rounds of its own.
    void started(std::string_view work);
    void finished(const Results& results);
    /// With what another command's `--json` writes.
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
    std::string server_;  // whose round it is; empty between rounds
    std::size_t round_ = 0;
};

}  // namespace iomux::compare
