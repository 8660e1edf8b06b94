#include "compare/profile/kernel_symbols.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace iomux::compare {
namespace {

constexpr std::string_view types_of_functions = "tTwW";

// The text up to the separator, which is removed from `text` too.
std::string_view take_until(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

}  // namespace

KernelSymbols::KernelSymbols(std::string_view kallsyms) {
    while (!kallsyms.empty()) {
        std::string_view line = take_until(kallsyms, '\n');
        const std::string_view digits = take_until(line, ' ');
        const std::string_view type = take_until(line, ' ');
        // A module's name follows, after a tab.
        const std::string_view name = take_until(line, '\t');
        std::uint64_t address = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), address, 16);
        if (type.size() == 1 && types_of_functions.find(type) != std::string_view::npos && address != 0)
            symbols_.push_back({address, std::string(name)});
    }
    if (symbols_.empty())
        throw std::runtime_error(
            "/proc/kallsyms shows no addresses of kernel functions: set kernel.kptr_restrict=0 (sysctl), and run as "
            "root "
            "if kernel.perf_event_paranoid is above 1");
    std::ranges::stable_sort(symbols_, {}, &Symbol::address);
}

KernelSymbols KernelSymbols::of_this_kernel() {
    std::ifstream file("/proc/kallsyms");
    return KernelSymbols(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::optional<std::string_view> KernelSymbols::find(std::uint64_t address) const {
    // Of several names for one address, the first is the usual one.
    const auto behind = std::ranges::upper_bound(symbols_, address, {}, &Symbol::address);
    if (behind == symbols_.begin()) return std::nullopt;
    const auto found = std::ranges::lower_bound(symbols_, std::prev(behind)->address, {}, &Symbol::address);
    return found->name;
}

}  // namespace iomux::compare
