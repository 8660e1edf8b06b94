#include "compare/web/run_queue.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <ctime>
#include <span>
#include <utility>

#include "cli/error_text.hpp"
#include "cli/json_reader.hpp"
#include "cli/json_text.hpp"
#include "cli/printable.hpp"
#include "compare/web/continued_run.hpp"
#include "compare/web/options.hpp"
#include "compare/web/stored_results.hpp"

namespace iomux::compare::web {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using cli::JsonReader;

constexpr std::array<std::pair<RunState, std::string_view>, 7> state_names{{{RunState::queued, "queued"},
                                                                            {RunState::running, "running"},
                                                                            {RunState::finished, "finished"},
                                                                            {RunState::failed, "failed"},
                                                                            {RunState::stopped, "stopped"},
                                                                            {RunState::interrupted, "interrupted"},
                                                                            {RunState::unreadable, "unreadable"}}};

std::string now() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

object record_of(const Run& run) {
    return {{"id", run.id},
            {"created", run.created.empty() ? value(nullptr) : value(run.created)},
            {"state", name_of(run.state)},
            {"request", run.request.empty() ? value(nullptr) : value(run.request)},
            {"error", run.error.empty() ? value(nullptr) : value(run.error)},
            {"name", run.name.empty() ? value(nullptr) : value(run.name)}};
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

// A later version of this program may know more.
[[noreturn]] void refuse_unknown(std::string_view member, std::string_view text) {
    throw UnreadableFile(fmt::format("its {} \"{}\" is unknown; start the version of {} that stored it", member,
                                     cli::excerpt(text), program_name));
}

void check_request(const JsonReader& request) {
    const std::string kind =
        request.contains("kind") ? request.at("kind").text() : std::string(name_of(RunKind::comparison));
    if (kind == name_of(RunKind::claims)) {
        request.at("quick").flag();
        return;
    }
    if (kind == name_of(RunKind::scenario)) {
        request.at("quick").flag();
        request.at("scenario").text();
    } else if (kind != name_of(RunKind::comparison) && kind != name_of(RunKind::trace) &&
               kind != name_of(RunKind::explanation)) {
        refuse_unknown("kind", kind);
    }
    static_cast<void>(request.at("servers").texts());
    request.at_or_null("continues").optional_text();
    for (const Bound& bound : bounds) request.at_or_null(bound.name).optional_number<std::uint64_t>();
}

Run parse_record(const object& content, const std::string& id) {
    value document = content;
    cli::make_texts_well_formed(document);
    const JsonReader record(document);
    // Records have no version yet.
    if (record.contains("version")) refuse_unknown("version", cli::json_text(record.at("version").value()));
    const std::string state = record.at("state").text();
    const auto named = std::ranges::find(state_names, state, [](const auto& name) { return name.second; });
    if (named == state_names.end() || named->first == RunState::unreadable) refuse_unknown("state", state);
    check_request(record.at("request"));
    if (record.at("id").text() != id) throw UnreadableFile("it has the ID of another run");
    return {.id = id,
            .created = record.at("created").text(),
            .request = with_all_members(record.at("request").object()),
            .state = named->first,
            .error = record.at("error").optional_text().value_or(""),
            .name = record.at_or_null("name").optional_text().value_or("")};
}

// `20261125T142015Z-0a1b2c3d` as `2026-11-25T14:20:15Z`
std::string time_in(const std::string& id) {
    return fmt::format("{}-{}-{}:{}:{}", id.substr(0, 4), id.substr(4, 2), id.substr(6, 5), id.substr(11, 2),
                       id.substr(13, 3));
}

Run unreadable(const StoredRecord& record, std::string_view fault) {
    return {.id = record.id.empty() ? record.name : record.id,
            .created = record.id.empty() ? "" : time_in(record.id),
            .request = {},
            .state = RunState::unreadable,
            .error = fmt::format("{}: {}", record.name, fault)};
}

Run parse_record(const StoredRecord& record) try {
    return record.content ? parse_record(*record.content, record.id) : unreadable(record, record.fault);
} catch (const std::exception& error) {
    return unreadable(record, cli::error_text(error));
}

std::string kind_name_of(const Run& run) { return std::string(run.request.at("kind").as_string()); }

constexpr std::string_view beginning_of_results = R"({"event":"finished",)";

// Stores the results in a line of the process. Returns why that failed.
std::optional<std::string> fault_in_keeping(const Store& store, const std::string& id, std::string_view line) try {
    const value event = cli::parse_json(line);
    store.keep_results(id, cli::json_text(without_commands(JsonReader(event).at("results").value())) + "\n");
    return std::nullopt;
} catch (const std::exception& error) {
    return cli::error_text(error);
}

}  // namespace

std::string_view name_of(RunState state) {
    return std::ranges::find(state_names, state, [](const auto& name) { return name.first; })->second;
}

RunQueue::RunQueue(Store& store, const std::vector<ServerSpec>& servers, QueueHooks hooks)
    : store_(store), servers_(servers), hooks_(std::move(hooks)) {
    for (const StoredRecord& record : store_.records()) load(record);
    check_listed_results();
    for (const Run& run : runs_)
        if (run.state == RunState::unreadable) hooks_.skipped(run);
    check_next_results();
}

void RunQueue::load(const StoredRecord& record) {
    Run run = parse_record(record);
    // The service may have ended after it stored the results and before it stored the record.
    if (!run.is_over() && store_.has_results(run.id))
        settle(run, RunState::finished);
    else if (!run.is_over() && !waits_again(run))
        settle(run, RunState::interrupted);
    runs_.push_front(std::move(run));
}

void RunQueue::check_listed_results() {
    std::uintmax_t checked = 0;
    for (std::size_t i = 0; i < std::min(runs_.size(), most_listed); ++i) {
        const Run& run = runs_[i];
        if (run.state != RunState::finished) continue;
        const std::uintmax_t size = store_.size_of_results(run.id).value_or(0);
        if (size <= longest_results) checked += size;  // longer ones are not read
        if (checked > most_checked_at_start)
            unchecked_.push_back({run.id, kind_name_of(run)});
        else
            mark_unreadable(run.id, fault_in_results(store_, run.id, kind_name_of(run)));
    }
}

// One by one, so that requests for results do not wait until all have been checked.
void RunQueue::check_next_results() {
    if (unchecked_.empty()) return;
    hooks_.background([this, &store = std::as_const(store_), next = unchecked_.front()] {
        return [this, id = next.id, fault = fault_in_results(store, next.id, next.kind)] {
            unchecked_.pop_front();
            mark_unreadable(id, fault);
            if (const Run* const run = fault ? find(id) : nullptr) {
                hooks_.skipped(*run);
                notify();
            }
            check_next_results();
        };
    });
}

void RunQueue::mark_unreadable(std::string_view id, const std::optional<std::string>& fault) {
    Run* const run = fault ? find_own(id) : nullptr;
    if (run == nullptr) return;
    run->state = RunState::unreadable;
    run->error = fmt::format("{}.results.json: {}", id, *fault);
}

RunQueue::~RunQueue() = default;

// Fails if a server of the run no longer exists.
bool RunQueue::waits_again(const Run& run) try {
    if (run.state != RunState::queued) return false;
    const RunRequest request =
        parse_run_request(boost::json::serialize(as_asked(run.request)), servers_,
                          [this](std::string_view id) { return request_to_continue(*this, id); });
    waiting_.push_back({run.id, arguments_for(request, servers_, store_.file_of_results(request.continues))});
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
    waiting_.push_back({run.id, arguments_for(request, servers_, store_.file_of_results(request.continues))});
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

void RunQueue::remove(const std::string& id) {
    store_.remove(id);
    std::erase_if(runs_, [&](const Run& run) { return run.id == id; });
    notify();
}

void RunQueue::rename(std::string_view id, std::string name) {
    Run& run = *find_own(id);
    std::string before = std::exchange(run.name, std::move(name));
    try {
        store_.keep_record(run.id, record_of(run));
    } catch (...) {
        run.name = std::move(before);
        throw;
    }
    notify();
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
            process_ = hooks_.launch(next.arguments, {.said = [this](std::string_view line) { apply_line(line); },
                                                      .ended = [this](const auto& how) { end(how); }});
            settle(run, RunState::running);
        } catch (const std::exception& error) {
            settle(run, RunState::failed, cli::error_text(error));
        }
    }
}

void RunQueue::apply_line(std::string_view line) try {
    if (line.starts_with(beginning_of_results)) return keep_results(std::string(line));
    const value event = cli::parse_json(line);
    find_own(running_)->live.apply(JsonReader(event).object());
    notify();
} catch (const std::exception& error) {
    end_after_error(cli::error_text(error));
}

// In the background, because results may be large and the disk may be slow.
void RunQueue::keep_results(std::string line) {
    is_keeping_results_ = true;
    hooks_.background([this, &store = std::as_const(store_), id = running_, line = std::move(line)] {
        return [this, fault = fault_in_keeping(store, id, line)] {
            is_keeping_results_ = false;
            has_results_ = !fault;
            if (fault) end_after_error(*fault);
            if (const auto end = std::exchange(end_, nullptr)) end();
        };
    });
}

void RunQueue::end_after_error(std::string_view error) {
    find_own(running_)->error = fmt::format("cannot use an event of the comparison: {}", error);
    process_->ask_to_end();
}

// With failed servers the exit status is 1, but there are results, which say what failed.
void RunQueue::end(const std::optional<std::string>& how) {
    if (is_keeping_results_) {
        end_ = [this, how] { end(how); };
        return;
    }
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
    run.error = cli::error_text(failure);
}

void RunQueue::notify() {
    ++version_;
    hooks_.changed();
}

}  // namespace iomux::compare::web
