#include "compare/web/message.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <boost/algorithm/string/trim.hpp>
#include <boost/json.hpp>
#include <sstream>

#include "cli/json_text.hpp"

namespace iomux::compare::web {

std::string_view Request::header(std::string_view name) const {
    const auto found = headers.find(std::string(name));
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string in_lower_case(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

bool lists(std::string_view header, std::string_view word) {
    std::istringstream rest(in_lower_case(header));
    for (std::string part; std::getline(rest, part, ',');) {
        boost::algorithm::trim(part);
        if (part == word) return true;
    }
    return false;
}

std::string http_date(std::time_t time) { return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(time)); }

Response json_response(const boost::json::value& value, unsigned status) {
    return {.status = status, .body = cli::json_text(value) + "\n"};
}

Response error_response(unsigned status, std::string_view error, std::string_view hint) {
    return json_response(boost::json::object{{"error", error}, {"hint", hint}}, status);
}

}  // namespace iomux::compare::web
