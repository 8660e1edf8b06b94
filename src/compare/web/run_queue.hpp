#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/servers/server_spec.hpp"
#include "compare/web/live.hpp"
#include "compare/web/run_request.hpp"
#include "compare/web/store.hpp"

namespace iomux::compare::web {

enum class RunState {
    queued,
    running,
    finished,     ///< There are results.
    failed,       ///< `error` says why there are none.
    stopped,      ///< By somebody.
    interrupted,  ///< The service ended before it did.
};
std::string_view name_of(RunState state);

/// A comparison, trace or trial of the claims that was asked for.
struct Run {
    std::string id;
    std::string created;          ///< ISO 8601, UTC.
    boost::json::object request;  ///< With what was left out filled in.
    RunState state = RunState::queued;
    std::string error = {};  ///< Of one that has failed.
    Live live = {};          ///< Of one that runs, or did while this service has.

    bool is_over() const { return state != RunState::queued && state != RunState::running; }
};

/// One that goes on in a process of its own. Destroyed, it ends at once, and all that it started with it.
class RunningProcess {
public:
    virtual ~RunningProcess() = default;
    /// It is not waited for: `ended` tells. Once is enough: what is asked for again goes on as it did.
    virtual void ask_to_end() = 0;
};

/// What it is told by: each line of its standard output, and its end, nothing where that was by exit 0.
struct ProcessListener {
    std::function<void(std::string_view line)> said;
    std::function<void(std::optional<std::string> how)> ended;
};
/// Throws std::system_error where it cannot be started.
using Launch =
    std::function<std::unique_ptr<RunningProcess>(const std::vector<std::string>& arguments, ProcessListener listener)>;

/// The runs: one goes on, for two would measure each other; some wait; the others are over. Every change of state is
/// stored before it is told.
class RunQueue {
public:
    static constexpr std::size_t most_waiting = 8;

    enum class Stopped { yes, was_over, unknown };

    /// Takes the stored runs for its own: one that waited does so again, and one that had not ended is interrupted, but
    /// for one that has results. `changed` is called with every change.
    RunQueue(Store& store, const std::vector<ServerSpec>& servers, Launch launch, std::function<void()> changed);
    /// Ends the one that goes on.
    ~RunQueue();

    /// Begins the first of those that waited already.
    void go_on();
    /// Begins it, or lets it wait; null where too many wait already. Throws std::system_error where it cannot be
    /// stored.
    const Run* add(const RunRequest& request);
    /// Stops it, or takes it out of those that wait.
    Stopped stop(std::string_view id);

    const Run* find(std::string_view id) const;
    /// The newest first.
    const std::deque<Run>& all() const { return runs_; }
    /// How many are to be over before it begins; nothing where it has begun.
    std::optional<std::size_t> place_of(const Run& run) const;
    std::size_t waiting() const;
    /// What is told of a run in a list: its record, with `place`; and of it alone, with `live` too.
    boost::json::object summary(const Run& run) const;
    boost::json::object json(const Run& run) const;
    /// Grows with every change that `json` of a run may show.
    std::uint64_t version() const { return version_; }

private:
    struct Waiting {
        std::string id;
        std::vector<std::string> arguments;
    };

    Run* find_own(std::string_view id);
    bool waits_again(const Run& run);
    void begin_next();
    void hear(std::string_view line);
    void end(const std::optional<std::string>& how);
    void settle(Run& run, RunState state, std::string error = {});
    void tell();

    Store& store_;
    const std::vector<ServerSpec>& servers_;
    Launch launch_;
    std::function<void()> changed_;
    std::deque<Run> runs_;
    std::deque<Waiting> waiting_;
    std::unique_ptr<RunningProcess> process_;
    std::string running_;  // whose process it is
    bool has_results_ = false;
    bool stopping_ = false;
    std::uint64_t version_ = 0;
};

}  // namespace iomux::compare::web
