#include "load/command/parse_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>

namespace iomux::load {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 7> members_of_a_plan{"targets",    "cycles", "warmup_cycles",     "slice_ms",
                                                            "prelude_ms", "seed",   "asks_for_processes"};
constexpr std::array<std::string_view, 9> members_of_a_target{
    "name", "address", "port", "unix", "processes", "pausable", "warmup_ms", "longest_warmup_ms", "patience_ms"};
constexpr double longest_slice_ms = 60'000;
constexpr std::uint64_t highest_pid = 1 << 22;  // PID_MAX_LIMIT, proc(5)

[[noreturn]] void refuse(std::string_view where, std::string_view why) {
    throw std::runtime_error(fmt::format("plan: {} {}", where, why));
}

// An object of the plan. `path_` says where it stands, such as `targets[1]`; it is empty for the plan itself.
class Members {
public:
    Members(const json::value& value, std::string path, std::span<const std::string_view> known)
        : path_(std::move(path)) {
        if (!value.is_object()) refuse(path_.empty() ? "the whole" : path_, "must be an object");
        object_ = &value.as_object();
        for (const auto& [name, unused] : *object_)
            if (std::ranges::find(known, std::string_view(name)) == known.end())
                refuse(place_of(name), fmt::format("is unknown; the members are {}", fmt::join(known, ", ")));
    }

    std::string place_of(std::string_view name) const {
        return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
    }
    const json::value* find(std::string_view name) const { return object_->if_contains(name); }
    const json::value& at(std::string_view name) const {
        if (const json::value* value = find(name)) return *value;
        refuse(place_of(name), "is missing");
    }

    std::string text(std::string_view name) const {
        if (!at(name).is_string()) refuse(place_of(name), "must be a string");
        std::string text(at(name).as_string());
        if (text.find('\0') != std::string::npos) refuse(place_of(name), "must not contain NUL");
        return text;
    }
    std::uint64_t whole(std::string_view name, std::uint64_t least, std::uint64_t most) const {
        return whole(at(name), place_of(name), least, most);
    }
    std::uint64_t whole_or(std::uint64_t otherwise, std::string_view name, std::uint64_t least,
                           std::uint64_t most) const {
        return find(name) != nullptr ? whole(name, least, most) : otherwise;
    }
    std::chrono::nanoseconds milliseconds_or(std::chrono::nanoseconds otherwise, std::string_view name,
                                             double least) const {
        const json::value* value = find(name);
        if (value == nullptr) return otherwise;
        const double number = value->is_number() ? value->to_number<double>() : -1;
        if (!(number >= least && number <= longest_slice_ms))
            refuse(place_of(name), fmt::format("must be a number from {} to {}", least, longest_slice_ms));
        return std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double, std::milli>(number));
    }
    bool flag_or(bool otherwise, std::string_view name) const {
        const json::value* value = find(name);
        if (value == nullptr) return otherwise;
        if (!value->is_bool()) refuse(place_of(name), "must be true or false");
        return value->as_bool();
    }
    static std::uint64_t whole(const json::value& value, const std::string& place, std::uint64_t least,
                               std::uint64_t most) {
        boost::system::error_code not_whole;
        const auto number = value.is_number() ? value.to_number<std::uint64_t>(not_whole) : 0;
        if (!value.is_number() || not_whole || number < least || number > most)
            refuse(place, fmt::format("must be a whole number from {} to {}", least, most));
        return number;
    }
    const json::array& array(std::string_view name) const {
        if (!at(name).is_array()) refuse(place_of(name), "must be an array");
        return at(name).as_array();
    }

private:
    const json::object* object_ = nullptr;
    std::string path_;
};

posix::Endpoint endpoint_of(const Members& target) {
    if (target.find("unix") == nullptr) {
        const auto port = static_cast<std::uint16_t>(target.whole("port", 1, 65'535));
        return posix::Endpoint::internet(target.find("address") != nullptr ? target.text("address") : "127.0.0.1",
                                         port);
    }
    for (const char* other : {"address", "port"})
        if (target.find(other) != nullptr) refuse(target.place_of(other), "cannot be combined with unix");
    return posix::Endpoint::unix_path(target.text("unix"));
}

std::vector<pid_t> processes_of(const json::array& list, const std::string& place) {
    std::vector<pid_t> processes;
    for (const json::value& value : list) {
        const auto process = static_cast<pid_t>(Members::whole(value, place, 1, highest_pid));
        if (std::ranges::find(processes, process) != processes.end()) refuse(place, "names one twice");
        processes.push_back(process);
    }
    return processes;
}

WarmUpLimits warm_up_of(const Members& target) {
    WarmUpLimits limits;
    limits.least = target.milliseconds_or(limits.least, "warmup_ms", 0);
    limits.longest = target.milliseconds_or(limits.least, "longest_warmup_ms", 0);
    if (limits.longest < limits.least) refuse(target.place_of("longest_warmup_ms"), "must not be less than warmup_ms");
    if (limits.least.count() == 0 && limits.longest.count() > 0)
        refuse(target.place_of("longest_warmup_ms"), "requires warmup_ms");
    return limits;
}

Target target_of(const json::value& value, std::size_t number) {
    const Members members(value, fmt::format("targets[{}]", number), members_of_a_target);
    Target target{.name = members.text("name"), .endpoint = endpoint_of(members), .processes = {}};
    target.pausable = members.flag_or(target.pausable, "pausable");
    target.warm_up = warm_up_of(members);
    if (members.find("patience_ms") != nullptr) target.patience = members.milliseconds_or({}, "patience_ms", 0);
    if (members.find("processes") != nullptr)
        target.processes = processes_of(members.array("processes"), members.place_of("processes[]"));
    return target;
}

}  // namespace

Plan parse_plan(const json::value& value) {
    const Members members(value, "", members_of_a_plan);
    Plan plan;
    for (const json::value& target : members.array("targets"))
        plan.targets.push_back(target_of(target, plan.targets.size()));
    if (plan.targets.empty()) refuse("targets", "is empty");
    constexpr std::size_t most_cycles = 1'000'000;
    plan.cycles = members.whole_or(plan.cycles, "cycles", 0, most_cycles);
    plan.warmup_cycles = members.whole_or(plan.warmup_cycles, "warmup_cycles", 0, most_cycles);
    plan.slice = members.milliseconds_or(plan.slice, "slice_ms", 1);
    plan.prelude = members.milliseconds_or(plan.prelude, "prelude_ms", 0);
    plan.seed = members.whole_or(plan.seed, "seed", 0, std::numeric_limits<std::uint64_t>::max());
    plan.asks_for_processes = members.flag_or(plan.asks_for_processes, "asks_for_processes");
    return plan;
}

void parse_processes(const json::value& value, Plan& plan) {
    const json::array* lists = value.if_array();
    if (lists == nullptr || lists->size() != plan.targets.size())
        refuse("the list of processes", "must be an array with an array for each target");
    for (std::size_t i = 0; i < lists->size(); ++i) {
        const std::string place = fmt::format("processes of targets[{}]", i);
        if (!lists->at(i).is_array()) refuse(place, "must be an array");
        plan.targets[i].processes = processes_of(lists->at(i).as_array(), place);
    }
}

}  // namespace iomux::load
