#include "cli/error_text.hpp"

#include <fmt/format.h>

#include <boost/system/system_error.hpp>
#include <filesystem>
#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <variant>

#include "cli/printable.hpp"

namespace iomux::cli {
namespace {

constexpr const char* no_memory =
    "not enough memory; ask for less, such as fewer connections or smaller messages, or raise the limit (ulimit -v)";

// Nothing if only the call that failed can say what to do.
std::string_view advice_for(const std::error_code& answer) {
    if (answer == std::errc::too_many_files_open) return "; raise the limit (ulimit -n)";
    if (answer == std::errc::too_many_files_open_in_system) return "; raise the limit (sysctl fs.file-max)";
    return "";
}

// The library writes `filesystem error: cannot remove: Permission denied [/folder/file]`.
std::string text_of(const std::filesystem::filesystem_error& error) {
    constexpr std::string_view prefix = "filesystem error: ";
    const std::string answer = error.code().message();
    std::string_view tried = error.what();
    if (tried.starts_with(prefix)) tried.remove_prefix(prefix.size());
    tried = tried.substr(0, tried.find(": " + answer));
    const char* const blank = error.path1().empty() ? "" : " ";
    return fmt::format("{}{}{}: {}{}", tried, blank, error.path1().string(), answer, advice_for(error.code()));
}

constexpr std::string_view no_thread = "cannot create a thread";

// The constructor of std::thread adds nothing to what the system answered.
bool is_of_a_thread(const std::system_error& error) {
    return error.code() == std::errc::resource_unavailable_try_again &&
           (error.what() == error.code().message() || std::string_view(error.what()).starts_with(no_thread));
}

std::string text_of_a_thread(const std::string& answer) {
    return fmt::format("{}: {}; ask for fewer threads or connections, or raise the limit (ulimit -u)", no_thread,
                       answer);
}

// Boost.Asio says neither what it needed a descriptor for nor, in words, that it started a thread.
std::string text_of(const boost::system::system_error& error) {
    const std::error_code code = error.code();
    std::string answer = code.message();
    if (const std::string_view advice = advice_for(code); !advice.empty())
        return fmt::format("cannot open a file descriptor: {}{}", answer, advice);
    if (code == std::errc::resource_unavailable_try_again && std::string_view(error.what()).starts_with("thread"))
        return text_of_a_thread(answer);
    return answer;
}

std::string text_of(const std::system_error& error) {
    if (is_of_a_thread(error)) return text_of_a_thread(error.code().message());
    return fmt::format("{}{}", error.what(), advice_for(error.code()));
}

// Nothing if the exception has a text for people.
std::optional<std::string> library_text(const std::exception& error) {
    if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&error)) return text_of(*file);
    if (const auto* answer = dynamic_cast<const boost::system::system_error*>(&error)) return text_of(*answer);
    if (const auto* answer = dynamic_cast<const std::system_error*>(&error)) return text_of(*answer);
    if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return no_memory;
    if (dynamic_cast<const std::out_of_range*>(&error) != nullptr ||
        dynamic_cast<const std::length_error*>(&error) != nullptr ||
        dynamic_cast<const std::bad_optional_access*>(&error) != nullptr ||
        dynamic_cast<const std::bad_variant_access*>(&error) != nullptr)
        return fmt::format("an error in this program: {}; please report it with the command line", error.what());
    return std::nullopt;
}

}  // namespace

std::string error_text(const std::exception& error) {
    return well_formed_line(library_text(error).value_or(error.what()));
}

}  // namespace iomux::cli
