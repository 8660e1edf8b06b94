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
    stopped,      ///< By a request.
    interrupted,  ///< The service ended before the run did.
    unreadable,   ///< `error` says which of its files cannot be read, and why. It may have no `request`.
};
std::string_view name_of(RunState state);

/// A requested comparison, trace, explanation or test of the claims.
struct Run {
    std::string id;               ///< If its file is not named after one (see is_id): the name of the file.
    std::string created;          ///< ISO 8601, UTC; empty without an id.
    boost::json::object request;  ///< Including default values.
    RunState state = RunState::queued;
    std::string error = {};  ///< If it failed or is unreadable.
    std::string name = {};   ///< Given by the user; empty if there is none.
    Live live = {};          ///< Empty if the run has not started since the service started.

    bool is_over() const { return state != RunState::queued && state != RunState::running; }
};

/// A run in its own process. The destructor ends the process and all that it started.
class RunningProcess {
public:
    virtual ~RunningProcess() = default;
    /// Does not wait; `ended` reports the end. Further calls have no effect.
    virtual void ask_to_end() = 0;
};

/// Called with each line of standard output, and at the end with an error, or nothing after exit status 0.
struct ProcessListener {
    std::function<void(std::string_view line)> said;
    std::function<void(std::optional<std::string> how)> ended;
};
/// Throws std::system_error if the process cannot be started.
using Launch =
    std::function<std::unique_ptr<RunningProcess>(const std::vector<std::string>& arguments, ProcessListener listener)>;

/// Calls `work` in another thread, then, in this one, the function that it returns. Neither may throw.
using Background = std::function<void(std::function<std::function<void()>()> work)>;

/// What a queue needs from the program around it.
struct QueueHooks {
    Launch launch;
    Background background;
    std::function<void()> changed = [] {};  ///< Called after every change, but not by the constructor.
    std::function<void(const Run&)> skipped = [](const Run&) {};  ///< Called once for each run that is unreadable.
};

/// All runs. One is active at a time, because concurrent runs would disturb each other; further ones are queued. Every
/// change of state is stored before it is reported.
class RunQueue {
public:
    static constexpr std::size_t most_waiting = 8;
    /// How many runs a list has at most. The results of as many of the newest runs are checked.
    static constexpr std::size_t most_listed = 100;
    /// Bytes of results that are checked before the service starts. The rest is checked in the background.
    static constexpr std::uintmax_t most_checked_at_start = 8 * 1024 * 1024;

    enum class Stopped { yes, was_over, unknown };

    /// Loads the stored runs. A run whose files cannot be read is unreadable. Queued runs are queued again. A run that
    /// was active becomes finished if it has results, otherwise interrupted.
    RunQueue(Store& store, const std::vector<ServerSpec>& servers, QueueHooks hooks);
    /// Ends the active run.
    ~RunQueue();

    /// Starts the first queued run.
    void go_on();
    /// Starts or queues a run. Returns null if the queue is full. Throws std::system_error if the run cannot be
    /// stored.
    const Run* add(const RunRequest& request);
    /// Stops the run, or removes it from the queue.
    Stopped stop(std::string_view id);
    /// Removes a run that is over, and its files. Throws std::system_error.
    void remove(const std::string& id);
    /// Gives the run this name, or none if it is empty. The run must exist and be readable. Throws std::system_error if
    /// it cannot be stored.
    void rename(std::string_view id, std::string name);

    const Run* find(std::string_view id) const;
    /// Newest first.
    const std::deque<Run>& all() const { return runs_; }
    /// The number of runs that must end before it starts; nothing if it is not queued.
    std::optional<std::size_t> place_of(const Run& run) const;
    std::size_t waiting() const;
    /// The JSON of a run: `summary`, for lists, is its record with `place`; `json` also has `live`.
    boost::json::object summary(const Run& run) const;
    boost::json::object json(const Run& run) const;
    /// Grows with every change of any run.
    std::uint64_t version() const { return version_; }

private:
    // A run whose results have yet to be checked.
    struct Unchecked {
        std::string id, kind;
    };
    struct Waiting {
        std::string id;
        std::vector<std::string> arguments;
    };

    void load(const StoredRecord& record);
    void check_listed_results();
    void check_next_results();
    void mark_unreadable(std::string_view id, const std::optional<std::string>& fault);
    Run* find_own(std::string_view id);
    bool waits_again(const Run& run);
    void begin_next();
    void apply_line(std::string_view line);
    void keep_results(std::string line);
    void end_after_error(std::string_view error);
    void end(const std::optional<std::string>& how);
    void settle(Run& run, RunState state, std::string error = {});
    void notify();

    Store& store_;
    const std::vector<ServerSpec>& servers_;
    const QueueHooks hooks_;
    std::deque<Run> runs_;
    std::deque<Unchecked> unchecked_;
    std::deque<Waiting> waiting_;
    std::unique_ptr<RunningProcess> process_;
    std::string running_;  // id of the run of process_
    bool is_keeping_results_ = false;
    bool has_results_ = false;
    std::function<void()> end_;  // set if process_ has ended before its results were stored
    bool stopping_ = false;
    std::uint64_t version_ = 0;
};

}  // namespace iomux::compare::web
