#include "compare/web/stored_results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <string_view>

#include "cli/error_text.hpp"
#include "cli/json_text.hpp"
#include "cli/printable.hpp"
#include "compare/results/parse_results.hpp"
#include "compare/results/results_json.hpp"
#include "compare/results/upgrade.hpp"

namespace iomux::compare::web {
namespace {

using boost::json::object;
using boost::json::value;

// The version of traces and of tests of the claims. Comparisons have versions of their own.
constexpr int other_version = 1;

// What a run other than a comparison has: a list of objects that have this member.
struct OtherFormat {
    std::string_view format, list, member;
};
constexpr std::array other_formats{OtherFormat{"iomux-trace", "servers", "calls"},
                                   OtherFormat{"iomux-claims", "claims", "id"}};

[[noreturn]] void refuse_type() { throw UnreadableFile("a member is missing or has another type"); }

void check_comparison(const std::string& text) try { parse_results(text); } catch (const UnreadableVersion&) {
    throw;
} catch (const std::exception&) {
    refuse_type();
}

void check_other(const object& results, const OtherFormat& other) {
    const value* const version = results.if_contains("version");
    if (version == nullptr) refuse_type();
    if (*version != other_version)
        throw UnreadableVersion(fmt::format("only version {} of {} can be read; this is version {}", other_version,
                                            other.format, cli::excerpt(cli::json_text(*version))));
    const value* const list = results.if_contains(other.list);
    const auto is_whole = [&](const value& one) { return one.is_object() && one.as_object().contains(other.member); };
    if (list == nullptr || !list->is_array() || !std::ranges::all_of(list->as_array(), is_whole)) refuse_type();
}

void check(const std::string& text) {
    boost::system::error_code error;
    const value results = boost::json::parse(text, error);
    if (text.empty()) throw UnreadableFile("it is empty");
    if (error) throw UnreadableFile("it is not JSON");
    const value* const format = results.is_object() ? results.as_object().if_contains("format") : nullptr;
    if (format == nullptr || !format->is_string()) throw UnreadableFile("it has no results");
    if (std::string_view(format->as_string()) == results_format) return check_comparison(text);
    for (const OtherFormat& other : other_formats)
        if (std::string_view(format->as_string()) == other.format) return check_other(results.as_object(), other);
    throw UnreadableFile(fmt::format("the format {} is unknown", cli::excerpt(cli::json_text(*format))));
}

}  // namespace

std::optional<std::string> current_results(const Store& store, const std::string& id) {
    std::optional<std::string> text = store.results(id);
    if (!text) return std::nullopt;
    check(*text);
    return upgraded_results(std::move(*text));
}

std::optional<std::string> fault_in_results(const Store& store, const std::string& id) try {
    const std::optional<std::string> text = store.results(id);
    if (!text) return "there is no such file";
    check(*text);
    return std::nullopt;
} catch (const std::exception& error) {
    return cli::error_text(error);
}

}  // namespace iomux::compare::web
