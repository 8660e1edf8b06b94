#include "compare/results/events.hpp"

#include <boost/json.hpp>

#include "cli/output_file.hpp"
#include "cli/program.hpp"
#include "compare/results/results_json.hpp"
#include "posix/error.hpp"

namespace iomux::compare {
namespace {

using boost::json::object;
using boost::json::value;

value known(const std::optional<double>& figure) { return figure ? value(*figure) : value(nullptr); }

std::FILE* open(const std::string& file) {
    std::FILE* const opened = std::fopen(file.c_str(), "we");
    if (opened == nullptr) posix::throw_errno("cannot write " + file);
    return opened;
}

// Standard output is not closed.
int leave_open(std::FILE*) { return 0; }

}  // namespace

Events::Events(const std::string& file)
    : file_(file == cli::standard_output ? stdout : open(file),
            file == cli::standard_output ? &leave_open : &std::fclose) {}

void Events::tell(const object& event) {
    const std::string line = boost::json::serialize(event) + "\n";
    // Flushed, because the reader shows it live.
    if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() || std::fflush(file_.get()) != 0)
        posix::throw_errno("cannot write events");
}

void Events::started(const std::vector<ServerSpec>& servers, const Work& work, const Plan& plan) {
    boost::json::array all;
    for (const ServerSpec& server : servers) {
        const std::optional<std::string> why = server.reason_to_skip(work);
        all.push_back(object{{"title", server.title()}, {"skipped", why ? value(*why) : value(nullptr)}});
    }
    tell({{"event", "started"}, {"servers", all}, {"rounds", plan.most_rounds}, {"work", work.text()}});
}

void Events::started(std::string_view work) {
    tell({{"event", "started"}, {"servers", boost::json::array()}, {"rounds", nullptr}, {"work", work}});
}

void Events::finished(const Results& results) { finished(json_of(results)); }

void Events::finished(const object& results) { tell({{"event", "finished"}, {"results", results}}); }

void Events::show(std::string_view server, std::string_view step, std::chrono::seconds left) {
    Progress::show(server, step, left);
    tell({{"event", "step"}, {"server", server}, {"step", step}, {"seconds_left", left.count()}});
}

void Events::calls_counted(const ServerResult& row) {
    value calls = nullptr;
    if (row.system_calls) {
        object& by_name = calls.emplace_object();
        for (const auto& [name, count] : row.system_calls->per_message) by_name[name] = count;
    }
    tell({{"event", "counted"},
          {"server", row.spec.title()},
          {"system_calls", std::move(calls)},
          {"system_calls_unknown", row.system_calls_unknown ? value(*row.system_calls_unknown) : value(nullptr)}});
}

void Events::round_begins(const ServerSpec& server, std::size_t round) {
    server_ = server.title();
    round_ = round;
    tell({{"event", "round"}, {"server", server_}, {"round", round_}});
}

void Events::passes(const Sample& sample) {
    if (server_.empty()) return;  // a round in which system calls are counted
    const double cpu_us = std::chrono::duration<double, std::micro>(sample.process_cpu).count();
    const bool any = sample.messages > 0 && sample.seconds > 0;
    tell({{"event", "sample"},
          {"server", server_},
          {"round", round_},
          {"seconds", sample.seconds},
          {"messages", sample.messages},
          {"messages_per_second", any ? value(sample.messages / sample.seconds) : value(nullptr)},
          {"cpu_us_per_message", any ? value(cpu_us / sample.messages) : value(nullptr)},
          {"p50_us", known(sample.p50)},
          {"p99_us", known(sample.p99)}});
}

void Events::round_ended(const ServerResult& row) {
    const std::optional<Round>& round = row.rounds.back();
    const value nothing = nullptr;
    tell({{"event", "measured"},
          {"server", server_},
          {"round", round_},
          {"messages_per_second", round ? value(round->messages_per_second) : nothing},
          {"cpu_us_per_message", round ? value(round->cpu_us_per_message()) : nothing},
          {"p50_us", round ? known(round->p50) : nothing},
          {"p99_us", round ? known(round->p99) : nothing},
          {"failed", row.failed ? value(*row.failed) : nothing}});
    server_.clear();
}

}  // namespace iomux::compare
