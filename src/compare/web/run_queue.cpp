#include "compare/web/run_queue.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <ctime>
#include <span>
#include <utility>

namespace iomux::compare::web {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::array<std::pair<RunState, std::string_view>, 6> state_names{{{RunState::queued, "queued"},
                                                                            {RunState::running, "running"},
                                                                            {RunState::finished, "finished"},
                                                                            {RunState::failed, "failed"},
                                                                            {RunState::stopped, "stopped"},
                                                                            {RunState::interrupted, "interrupted"}}};

std::string now() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

object record_of(const Run& run) {
    return {{"id", run.id},
            {"created", run.created},
            {"state", name_of(run.state)},
            {"request", run.request},
            {"error", run.error.empty() ? value(nullptr) : value(run.error)}};
}

// The elements of the member if it is a list, or else none.
std::span<value> elements(value& of, std::string_view name) {
    value* const member = of.is_object() ? of.as_object().if_contains(name) : nullptr;
    if (member == nullptr || !member->is_array()) return {};
    array& list = member->as_array();
    return {list.data(), list.size()};
}

// Removes the commands of the user's own servers, which are not shown to clients.
value without_commands(value results) {
    for (value& scenario : elements(results, "scenarios"))
        for (value& point : elements(scenario, "points"))
            for (value& server : elements(point, "servers"))
                if (object& members = server.as_object();
                    std::string_view(members.at("origin").as_string()) == name_of(Origin::brought))
                    members["path"] = members["summary"] = "";
    return results;
}

// The oldest records have no kind; all of them are comparisons. Later ones lack the numbers about sessions.
object with_all_members(const object& request) {
    object whole = request;
    if (!whole.contains("kind")) whole["kind"] = name_of(RunKind::comparison);
    if (whole.at("kind") == value(name_of(RunKind::comparison)))
        for (const Bound& bound : bounds)
            if (bound.about == About::sessions) whole.emplace(bound.name, nullptr);
    return whole;
}

std::optional<Run> parse_record(const object& record) try {
    const auto state = boost::json::value_to<std::string>(record.at("state"));
    const auto named = std::ranges::find(state_names, state, [](const auto& name) { return name.second; });
    if (named == state_names.end()) return std::nullopt;
    Run run{.id = boost::json::value_to<std::string>(record.at("id")),
            .created = boost::json::value_to<std::string>(record.at("created")),
            .request = with_all_members(record.at("request").as_object()),
            .state = named->first};
    if (const auto* error = record.at("error").if_string()) run.error = std::string(*error);
    if (!is_id(run.id)) return std::nullopt;
    return run;
} catch (const std::exception&) {
    return std::nullopt;  // not a record of this program
}

}  // namespace

std::string_view name_of(RunState state) {
    return std::ranges::find(state_names, state, [](const auto& name) { return name.first; })->second;
}

RunQueue::RunQueue(Store& store, const std::vector<ServerSpec>& servers, Launch launch, std::function<void()> changed)
    : store_(store), servers_(servers), launch_(std::move(launch)), changed_(std::move(changed)) {
    for (const object& record : store_.records()) {
        std::optional<Run> run = parse_record(record);
        if (!run) continue;
        // The service may have ended after it stored the results and before it stored the record.
        if (!run->is_over() && store_.has_results(run->id))
            settle(*run, RunState::finished);
        else if (!run->is_over() && !waits_again(*run))
            settle(*run, RunState::interrupted);
        runs_.push_front(std::move(*run));
    }
}

RunQueue::~RunQueue() = default;

// Fails if a server of the run no longer exists.
bool RunQueue::waits_again(const Run& run) try {
    if (run.state != RunState::queued) return false;
    const RunRequest request = parse_run_request(boost::json::serialize(run.request), servers_);
    waiting_.push_back({run.id, arguments_for(request, servers_)});
    return true;
} catch (const std::exception&) {
    return false;
}

void RunQueue::go_on() {
    begin_next();
    notify();
}

const Run* RunQueue::add(const RunRequest& request) {
    if (waiting_.size() >= most_waiting) return nullptr;
    Run run{.id = make_id(), .created = now(), .request = request.json()};
    store_.keep_record(run.id, record_of(run));
    waiting_.push_back({run.id, arguments_for(request, servers_)});
    const std::string id = run.id;
    runs_.push_front(std::move(run));
    begin_next();
    notify();
    return find(id);
}

RunQueue::Stopped RunQueue::stop(std::string_view id) {
    Run* const run = find_own(id);
    if (run == nullptr) return Stopped::unknown;
    if (run->is_over()) return Stopped::was_over;
    if (run->state == RunState::running) {
        if (!std::exchange(stopping_, true)) process_->ask_to_end();
        return Stopped::yes;
    }
    std::erase_if(waiting_, [&](const Waiting& one) { return one.id == id; });
    settle(*run, RunState::stopped);
    notify();
    return Stopped::yes;
}

const Run* RunQueue::find(std::string_view id) const {
    const auto found = std::ranges::find(runs_, id, &Run::id);
    return found == runs_.end() ? nullptr : &*found;
}

Run* RunQueue::find_own(std::string_view id) { return const_cast<Run*>(std::as_const(*this).find(id)); }

std::optional<std::size_t> RunQueue::place_of(const Run& run) const {
    const auto found = std::ranges::find(waiting_, run.id, &Waiting::id);
    if (found == waiting_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - waiting_.begin()) + 1;
}

std::size_t RunQueue::waiting() const { return waiting_.size(); }

object RunQueue::summary(const Run& run) const {
    object summary = record_of(run);
    const std::optional<std::size_t> place = place_of(run);
    summary["place"] = place ? value(*place) : value(nullptr);
    return summary;
}

object RunQueue::json(const Run& run) const {
    object json = summary(run);
    json["live"] = run.live.json();
    return json;
}

void RunQueue::begin_next() {
    while (!process_ && !waiting_.empty()) {
        const Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        running_ = next.id;
        has_results_ = stopping_ = false;
        Run& run = *find_own(running_);
        try {
            process_ = launch_(next.arguments, {.said = [this](std::string_view line) { apply_line(line); },
                                                .ended = [this](const auto& how) { end(how); }});
            settle(run, RunState::running);
        } catch (const std::exception& error) {
            settle(run, RunState::failed, error.what());
        }
    }
}

void RunQueue::apply_line(std::string_view line) try {
    const object event = boost::json::parse(line).as_object();
    find_own(running_)->live.apply(event);
    if (event.at("event") == "finished") {
        store_.keep_results(running_, boost::json::serialize(without_commands(event.at("results"))) + "\n");
        has_results_ = true;
    }
    notify();
} catch (const std::exception& error) {
    find_own(running_)->error = error.what();
    process_->ask_to_end();
}

// With failed servers the exit status is 1, but there are results, which say what failed.
void RunQueue::end(const std::optional<std::string>& how) {
    process_.reset();
    Run& run = *find_own(running_);
    if (has_results_)
        settle(run, RunState::finished);
    else if (stopping_)
        settle(run, RunState::stopped);
    else
        settle(run, RunState::failed,
               run.error.empty() ? how.value_or("the comparison ended without results") : run.error);
    begin_next();
    notify();
}

// If the record cannot be stored, the new state still becomes visible, with the error.
void RunQueue::settle(Run& run, RunState state, std::string error) try {
    run.state = state;
    run.error = std::move(error);
    if (run.is_over()) run.live.end();
    store_.keep_record(run.id, record_of(run));
} catch (const std::exception& failure) {
    run.error = failure.what();
}

void RunQueue::notify() {
    ++version_;
    changed_();
}

}  // namespace iomux::compare::web
