#include "compare/web/stored_results.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdint>
#include <string_view>
#include <utility>

#include "cli/error_text.hpp"
#include "cli/json_reader.hpp"
#include "cli/json_text.hpp"
#include "cli/printable.hpp"
#include "compare/measure/trace.hpp"
#include "compare/results/claims_json.hpp"
#include "compare/results/parse_results.hpp"
#include "compare/results/results_json.hpp"
#include "compare/results/upgrade.hpp"
#include "compare/web/run_request.hpp"

namespace iomux::compare::web {
namespace {

using cli::JsonReader;

constexpr std::string_view trace_format = "iomux-trace";
constexpr std::string_view claims_format = "iomux-claims";
constexpr std::string_view explanation_format = "iomux-explanation";

std::string_view format_of(std::string_view kind) {
    if (kind == name_of(RunKind::trace)) return trace_format;
    if (kind == name_of(RunKind::explanation)) return explanation_format;
    return kind == name_of(RunKind::claims) ? claims_format : results_format;
}

// Returns the version of a trace, an explanation or a test of the claims. A trace of version 1 lacks one member of each
// call, which nothing can add later.
int checked_version(const JsonReader& results, std::string_view format) {
    const int newest = format == trace_format ? 2 : 1;
    const boost::json::value& version = results.at("version").value();
    for (int known = 1; known <= newest; ++known)
        if (version == known) return known;
    throw UnreadableVersion(fmt::format("only {} of {} can be read; this is version {}",
                                        newest == 1 ? "version 1" : "versions 1 and 2", format,
                                        cli::excerpt(cli::json_text(version))));
}

void check_call(const JsonReader& call, int version) {
    call.at("step").named({ClientStep::connect, ClientStep::message, ClientStep::close});
    call.at("stage").named({Stage::listen, Stage::wait, Stage::accept, Stage::read, Stage::write, Stage::watch,
                            Stage::close, Stage::other});
    for (const char* text : {"call", "detail"}) call.at(text).text();
    for (const char* time : {"at_us", "took_us"}) call.at(time).number<double>();
    call.at("result").number<std::int64_t>();
    call.at("error").optional_text();
    call.at("thread").number<std::size_t>();
    if (version > 1) call.at("sleeps").optional_number<std::uint64_t>();
}

// As trace_report.hpp describes it.
void check_trace(const JsonReader& trace, int version) {
    trace.at("size").number<std::size_t>();
    trace.at("note").text();
    for (const JsonReader& server : trace.at("servers").elements()) {
        for (const char* text : {"name", "program"}) server.at(text).text();
        server.at("unavailable").optional_text();
        server.at("answered_us").optional_number<double>();
        for (const JsonReader& call : server.at("calls").elements()) check_call(call, version);
    }
}

void check_claims(const JsonReader& results) {
    static_cast<void>(results.at("environment").object());
    static_cast<void>(claims_of(results.at("claims")));
}

void check_part(const JsonReader& part) {
    for (const char* text : {"layer", "stage"}) part.at(text).text();
    for (const JsonReader& us : part.at("us").elements()) us.number<double>();
    for (const JsonReader& function : part.at("functions").elements()) {
        function.at("function").text();
        for (const JsonReader& us : function.at("us").elements()) us.number<double>();
    }
}

// Explanations of older programs have none.
void check_lines(const JsonReader& lines) {
    if (lines.is_null()) return;
    for (const JsonReader& line : lines.elements()) {
        line.at("file").text();
        line.at("line").number<std::size_t>();
        line.at("us").number<double>();
    }
}

// What its page and the view Read draw, see explanation.schema.json.
void check_explanation(const JsonReader& results) {
    results.at("work").at("text").text();
    results.at("sampled_sessions").number<std::size_t>();
    static_cast<void>(results.at("summary").texts());
    static_cast<void>(results.at("warnings").texts());
    for (const JsonReader& server : results.at("servers").elements()) {
        for (const char* text : {"server", "program", "name"}) server.at(text).text();
        check_lines(server.at_or_null("lines"));
    }
    for (const JsonReader& part : results.at("parts").elements()) check_part(part);
    for (const JsonReader& function : results.at("functions").elements())
        for (const char* text : {"name", "in"}) function.at(text).text();
    for (const JsonReader& stack : results.at("stacks").elements()) {
        for (const char* place : {"function", "caller"}) stack.at(place).optional_number<std::size_t>();
        for (const JsonReader& us : stack.at("us").elements()) us.number<double>();
    }
}

struct CheckedResults {
    std::string format, text;
};

CheckedResults checked_results(std::string text) {
    boost::json::value document = cli::parse_json(text);
    // Results may be those of another machine, and pages show their texts.
    if (cli::make_texts_well_formed(document)) text = cli::json_text(document);
    const JsonReader results(document);
    const std::string format = results.at("format").text();
    if (format == results_format) return {format, upgraded_results(std::move(text), std::move(document))};
    if (format != trace_format && format != claims_format && format != explanation_format)
        results.at("format").refuse_value(
            fmt::format("one of {}, {}, {}, {}", results_format, trace_format, claims_format, explanation_format));
    const int version = checked_version(results, format);
    if (format == trace_format)
        check_trace(results, version);
    else if (format == claims_format)
        check_claims(results);
    else
        check_explanation(results);
    return {format, std::move(text)};
}

// Nothing if there are none of that id.
std::optional<CheckedResults> checked_results(const Store& store, const std::string& id) {
    std::optional<std::string> text = store.results(id);
    if (!text) return std::nullopt;
    try {
        return checked_results(*std::move(text));
    } catch (const UnreadableVersion&) {
        throw;
    } catch (const std::exception& error) {
        throw UnreadableFile(cli::error_text(error));
    }
}

}  // namespace

std::optional<std::string> current_results(const Store& store, const std::string& id) {
    std::optional<CheckedResults> results = checked_results(store, id);
    return results ? std::optional(std::move(results->text)) : std::nullopt;
}

std::optional<std::string> fault_in_results(const Store& store, const std::string& id, std::string_view kind) try {
    const std::optional<CheckedResults> results = checked_results(store, id);
    if (!results) return "there is no such file";
    if (results->format == format_of(kind)) return std::nullopt;
    return fmt::format("format: expected {}, not {}", format_of(kind), results->format);
} catch (const std::exception& error) {
    return cli::error_text(error);
}

}  // namespace iomux::compare::web
