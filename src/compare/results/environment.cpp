#include "compare/results/environment.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <boost/version.hpp>
#include <filesystem>
#include <iterator>
#include <optional>
#include <span>
#include <sstream>
#include <vector>

#include "cli/input_file.hpp"
#include "cli/json_text.hpp"
#include "cli/printable.hpp"
#include "compare/process/cores.hpp"
#include "compare/results/build.hpp"
#include "posix/error.hpp"
#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

using boost::json::object;
using boost::json::value;
namespace fs = std::filesystem;

constexpr std::string_view no_governor = "none (no cpufreq)";

value or_null(const std::string& text) { return text.empty() ? value(nullptr) : value(text); }

// The first line of the file, with single spaces between its words.
std::string first_line(const fs::path& path) {
    std::istringstream lines(cli::content_if_readable(path));
    std::string line, text;
    std::getline(lines, line);
    std::istringstream words(line);
    for (std::string word; words >> word;) text += (text.empty() ? "" : " ") + word;
    return text;
}

// A field of the first CPU; nothing if there is no such field.
std::optional<std::string> cpuinfo(std::string_view name) {
    std::istringstream lines(cli::content_if_readable("/proc/cpuinfo"));
    for (std::string line; std::getline(lines, line);)
        if (const std::size_t colon = line.find(": "); line.starts_with(name) && colon != std::string::npos)
            return line.substr(colon + 2);
    return std::nullopt;
}

value is_virtual_machine() {
    const std::optional<std::string> flags = cpuinfo("flags");
    return flags ? value((" " + *flags + " ").find(" hypervisor ") != std::string::npos) : value(nullptr);
}

value machine() {
    const fs::path dmi = "/sys/class/dmi/id";
    const std::string maker = first_line(dmi / "sys_vendor"), model = first_line(dmi / "product_name");
    if (maker.empty() || model.empty()) return or_null(maker.empty() ? model : maker);
    return value(maker + " " + model);
}

value mitigations() {
    std::error_code absent;
    object found;
    std::vector<fs::path> vulnerabilities;
    for (const fs::directory_entry& entry : fs::directory_iterator("/sys/devices/system/cpu/vulnerabilities", absent))
        vulnerabilities.push_back(entry.path());
    if (absent) return nullptr;
    std::ranges::sort(vulnerabilities);
    for (const fs::path& vulnerability : vulnerabilities)
        if (const std::string what = first_line(vulnerability); what != "Not affected")
            found[vulnerability.filename().string()] = or_null(what);
    return found;
}

// Without repetitions.
std::string joined_once(const std::vector<std::string>& words) {
    std::vector<std::string> once;
    for (const std::string& word : words)
        if (std::ranges::find(once, word) == once.end()) once.push_back(word);
    return fmt::format("{}", fmt::join(once, ", "));
}

std::string governor() {
    std::vector<std::string> governors;
    for (const int core : posix::allowed_cores())
        if (const std::string name =
                first_line(fmt::format("/sys/devices/system/cpu/cpu{}/cpufreq/scaling_governor", core));
            !name.empty())
            governors.push_back(name);
    return governors.empty() ? std::string(no_governor) : joined_once(governors);
}

// Of results of version 1, only the governor is known.
std::vector<std::string> doubts_about_governor(std::string_view name) {
    if (name == "performance" || name == no_governor) return {};
    return {fmt::format("the CPU frequency may change (governor {})", name)};
}

object json_of(const MachineCheck& check) {
    const auto or_unknown = [](std::optional<double> number) { return number ? value(*number) : value(nullptr); };
    std::vector<std::string> doubts = doubts_about(check);
    std::ranges::move(doubts_about_governor(governor()), std::back_inserter(doubts));
    return {{"cores", boost::json::array(check.cores.begin(), check.cores.end())},
            {"busy_share", or_unknown(check.busy_share)},
            {"steal_share", or_unknown(check.steal_share)},
            {"load_average", or_unknown(check.load_average)},
            {"doubts", boost::json::array(doubts.begin(), doubts.end())}};
}

object limits() {
    return {{"descriptors", posix::descriptor_limit()},
            {"somaxconn", or_null(first_line("/proc/sys/net/core/somaxconn"))},
            {"tcp_rmem", or_null(first_line("/proc/sys/net/ipv4/tcp_rmem"))},
            {"tcp_wmem", or_null(first_line("/proc/sys/net/ipv4/tcp_wmem"))}};
}

std::string c_library() {
    std::string name(64, '\0');
    const std::size_t size = ::confstr(_CS_GNU_LIBC_VERSION, name.data(), name.size());
    name.resize(size > 0 ? std::min(size, name.size()) - 1 : 0);
    return name;
}

object libraries() {
    return {{"boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
            {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
            {"liburing", or_null(build::liburing)},
            {"libc", or_null(c_library())},
            {"libstdc++", fmt::format("{} ({})", _GLIBCXX_RELEASE, __GLIBCXX__)}};
}

constexpr std::array properties_of_machine{"kernel",   "architecture",      "cpu",
                                           "cores",    "machine",           "virtual_machine",
                                           "governor", "mitigations",       "transparent_huge_pages",
                                           "limits",   "congestion_control"};
constexpr std::array properties_of_build{"version",    "commit",    "compiler",           "compiler_flags",
                                         "build_type", "libraries", "load_compiler_flags"};

// Null if there is none.
value property(const object& environment, std::string_view name) {
    const value* const found = environment.if_contains(name);
    value copy = found != nullptr ? *found : value(nullptr);
    if (object* const members = name == "limits" ? copy.if_object() : nullptr) members->erase("descriptors");
    return copy;
}

std::vector<std::string> differences(std::span<const char* const> properties, const object& before, const object& now) {
    std::vector<std::string> texts;
    for (const char* const name : properties) {
        const value was = property(before, name), is = property(now, name);
        if (was != is)
            texts.push_back(fmt::format("{}: {}, now {}", name, cli::excerpt(cli::json_text(was)),
                                        cli::excerpt(cli::json_text(is))));
    }
    return texts;
}

std::optional<double> larger(std::optional<double> number, const object& check, std::string_view name) {
    const value* const other = check.if_contains(name);
    return other != nullptr && other->is_number() ? std::max(number, std::optional(other->to_number<double>()))
                                                  : number;
}

}  // namespace

std::vector<std::string> differences_of_machines(const object& before, const object& now) {
    return differences(properties_of_machine, before, now);
}

std::vector<std::string> differences_of_builds(const object& before, const object& now) {
    return differences(properties_of_build, before, now);
}

MachineCheck worse_of(MachineCheck check, const object& earlier) {
    const value* const before = earlier.if_contains("machine_check");
    if (before == nullptr || !before->is_object()) return check;
    const object& other = before->get_object();
    check.busy_share = larger(check.busy_share, other, "busy_share");
    check.steal_share = larger(check.steal_share, other, "steal_share");
    check.load_average = larger(check.load_average, other, "load_average");
    return check;
}

std::string chosen_in(std::string_view choices) {
    const std::size_t begin = choices.find('['), end = choices.find(']');
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return "";
    return std::string(choices.substr(begin + 1, end - begin - 1));
}

object environment(const MachineCheck& check) {
    utsname system{};
    posix::check(::uname(&system), "uname");
    return {{"kernel", std::string(system.sysname) + " " + system.release},
            {"architecture", system.machine},
            {"cpu", or_null(cpuinfo("model name").value_or(""))},
            {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)},
            {"virtual_machine", is_virtual_machine()},
            {"machine", machine()},
            {"mitigations", mitigations()},
            {"governor", governor()},
            {"transparent_huge_pages", or_null(chosen_in(first_line("/sys/kernel/mm/transparent_hugepage/enabled")))},
            {"limits", limits()},
            {"congestion_control", or_null(first_line("/proc/sys/net/ipv4/tcp_congestion_control"))},
            {"compiler", build::compiler},
            {"compiler_flags", or_null(build::compiler_flags)},
            {"load_compiler_flags", or_null(build::load_compiler_flags)},
            {"build_type", or_null(build::build_type)},
            {"libraries", libraries()},
            {"version", IOMUX_VERSION},
            {"commit", build::commit},
            {"machine_check", json_of(check)}};
}

std::string warning_on(const object& environment) {
    std::vector<std::string> doubts;
    if (const value* check = environment.if_contains("machine_check"); check != nullptr && !check->is_null())
        doubts = boost::json::value_to<std::vector<std::string>>(check->at("doubts"));
    else if (const value* governor = environment.if_contains("governor"); governor != nullptr && governor->is_string())
        doubts = doubts_about_governor(std::string_view(governor->as_string()));
    return doubts.empty() ? "" : fmt::format("results are less certain, because {}.", fmt::join(doubts, "; "));
}

}  // namespace iomux::compare
