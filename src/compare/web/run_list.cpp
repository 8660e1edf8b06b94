#include "compare/web/run_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
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

int hexadecimal(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

// Decodes %20 and +.
std::string decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hexadecimal(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hexadecimal(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            throw BadRequest("the query has a % that two hexadecimal digits do not follow", "write a % as %25");
        plain += static_cast<char>(16 * high + low);
        i += 2;
    }
    return plain;
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
    const std::size_t question_mark = target.find('?');
    std::string_view query = question_mark == std::string_view::npos ? "" : target.substr(question_mark + 1);
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string name = decoded(pair.substr(0, equals));
        const std::string text = decoded(pair.substr(std::min(equals + 1, pair.size())));
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
