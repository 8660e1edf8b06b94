#include "compare/report/parts_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "cli/numbers.hpp"

namespace iomux::compare {
namespace {

constexpr std::size_t named_functions = 2;

// The last two parts of a C++ name tell enough: `epoll_reactor::start_op`.
std::string_view end_of(std::string_view name) {
    const std::size_t last = name.rfind("::");
    if (last == std::string_view::npos || last == 0) return name;
    const std::size_t before = name.rfind("::", last - 1);
    return before == std::string_view::npos ? name : name.substr(before + 2);
}

}  // namespace

std::string us_text(double us) { return cli::grouped(us, 2); }

// −0.00 would be no less than 0.
std::string signed_us(double us) {
    std::string size = us_text(std::abs(us));
    if (size == "0.00") return size;
    return (us < 0 ? "−" : "+") + size;
}

std::string signed_interval_text(const std::optional<Interval>& interval) {
    return interval ? fmt::format(" [{} to {}]", signed_us(interval->low), signed_us(interval->high)) : "";
}

std::string functions_text(const PartCost& cost) {
    std::vector<std::string_view> names;
    for (const FunctionCost& function : cost.functions) {
        if (names.size() == named_functions) break;
        // Only those that contribute to the difference.
        const double us = function.us.size() == 2 ? function.us[1] - function.us[0] : function.us.front();
        const double sign = cost.difference_us() < 0 ? -1 : 1;
        if (us * sign > 0) names.push_back(end_of(function.name));
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string not_told_apart_text(std::size_t parts) {
    return parts == 1 ? "1 part that is not told apart" : fmt::format("{} parts that are not told apart", parts);
}

}  // namespace iomux::compare
