#include "compare/web/run_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <boost/url/error.hpp>
#include <boost/url/params_view.hpp>
#include <boost/url/parse_query.hpp>
#include <charconv>
#include <optional>
#include <sstream>

#include "cli/json_reader.hpp"
#include "cli/json_text.hpp"
#include "cli/printable.hpp"
#include "compare/web/message.hpp"

namespace iomux::compare::web {
namespace {

using boost::json::object;
using boost::json::value;

constexpr const char* where_described = "/api/openapi.json lists the parameters";

// A + is a space.
boost::urls::params_view parameters_in(std::string_view target) {
    const std::size_t question_mark = std::min(target.find('?'), target.size());
    const std::string_view query = target.substr(std::min(question_mark + 1, target.size()));
    const boost::urls::encoding_opts forms{true};
    const auto parsed = boost::urls::parse_query(query);
    if (parsed) return {query, forms};
    if (parsed.error() == boost::urls::error::bad_pct_hexdig ||
        parsed.error() == boost::urls::error::missing_pct_hexdig)
        throw BadRequest("the query has a % that two hexadecimal digits do not follow", "write a % as %25");
    throw BadRequest("the query has a character that a URL cannot have",
                     "write it as a % and two hexadecimal digits (RFC 3986, 2.1)");
}

std::size_t limit_in(const std::string& text) {
    std::size_t limit = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error != std::errc() || end != text.data() + text.size() || limit < 1 || limit > RunQueue::most_listed)
        throw BadRequest(fmt::format("\"limit\" must be a whole number from 1 to {}", RunQueue::most_listed),
                         "correct it, or leave it out");
    return limit;
}

// All words that describe the run, in lower case.
std::string words_of(const Run& run) {
    std::string words = fmt::format("{} {} {} {}", run.name, run.id, run.created, name_of(run.state));
    for (const auto& [key, member] : run.request) {
        if (member.is_string()) words += fmt::format(" {}", std::string_view(member.get_string()));
        if (!member.is_array()) continue;
        for (const value& one : member.get_array())
            if (one.is_string()) words += fmt::format(" {}", std::string_view(one.get_string()));
    }
    return in_lower_case(words);
}

bool has_words(const Run& run, const std::string& search) {
    const std::string words = words_of(run);
    std::istringstream wanted(search);
    for (std::string word; wanted >> word;)
        if (words.find(word) == std::string::npos) return false;
    return true;
}

}  // namespace

ListRequest parse_list_request(std::string_view target) {
    ListRequest request;
    for (const auto& [name, text, has_value] : parameters_in(target)) {
        if (name.empty() && !has_value) continue;  // nothing between two &
        if (name == "limit")
            request.limit = limit_in(text);
        else if (name == "before")
            request.before = text;
        else if (name == "search")
            request.search = in_lower_case(text);
        else
            throw BadRequest(fmt::format("a list has no parameter \"{}\"", cli::excerpt(name)), where_described);
    }
    return request;
}

RunPage page_of(const std::deque<Run>& runs, const ListRequest& request,
                const std::function<bool(const Run&)>& belongs) {
    RunPage page;
    bool is_after = request.before.empty();
    for (const Run& run : runs) {
        const bool is_listed = has_words(run, request.search) && belongs(run);
        if (is_listed) ++page.total;
        if (is_listed && is_after) {
            if (page.runs.size() < request.limit)
                page.runs.push_back(&run);
            else
                page.next = page.runs.back()->id;
        }
        if (run.id == request.before) is_after = true;
    }
    if (!is_after)
        throw BadRequest("no run has the ID in \"before\"", "it may have been deleted; list the runs without it");
    return page;
}

std::string parse_name(std::string_view json) try {
    const value parsed = cli::parse_json(json);
    const object members = cli::JsonReader(parsed).object();
    const value* const given = members.if_contains("name");
    if (given == nullptr || members.size() != 1 || !(given->is_null() || given->is_string()))
        throw BadRequest("the body must have the member \"name\", a text or null, and no other",
                         R"(for example {"name": "before the change"})");
    if (given->is_null()) return "";
    const std::string name(given->get_string());
    if (name.size() > longest_name)
        throw BadRequest(fmt::format("the name has {} bytes; at most {} are allowed", name.size(), longest_name),
                         "choose a shorter one");
    if (cli::well_formed_line(name) != name)
        throw BadRequest("the name has a control character", "write it in one line");
    return name.find_first_not_of(' ') == std::string::npos ? "" : name;
} catch (const BadRequest&) {
    throw;
} catch (const std::runtime_error& error) {
    throw BadRequest(fmt::format("the body must be a JSON object: {}", error.what()),
                     R"(for example {"name": "before the change"})");
}

}  // namespace iomux::compare::web
