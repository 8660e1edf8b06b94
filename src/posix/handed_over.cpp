#include "posix/handed_over.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "posix/error.hpp"

namespace iomux::posix {
namespace {

constexpr int first_descriptor = 3;  // SD_LISTEN_FDS_START

std::optional<std::string> taken_variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    std::string taken(value);
    ::unsetenv(name);
    return taken;
}

int whole_number(const char* variable, const std::string& value) {
    int number = 0;
    const char* end = value.data() + value.size();
    if (std::from_chars(value.data(), end, number) != std::from_chars_result{end, std::errc()} || number < 0)
        throw std::runtime_error(std::string(variable) + " is not a whole number from 0: " + value);
    return number;
}

// Removes the first of several names, which are separated by colons.
std::string next_name(std::string_view& names) {
    std::string name(names.substr(0, names.find(':')));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    return name;
}

}  // namespace

std::string HandedOver::text() const {
    const std::string number = "descriptor " + std::to_string(fd.get());
    return name.empty() ? number : number + " (" + name + ")";
}

std::vector<HandedOver> take_handed_over() {
    const std::optional<std::string> pid = taken_variable("LISTEN_PID");
    const std::optional<std::string> count = taken_variable("LISTEN_FDS");
    const std::string all_names = taken_variable("LISTEN_FDNAMES").value_or("");
    if (!pid || !count || whole_number("LISTEN_PID", *pid) != ::getpid()) return {};
    std::string_view names = all_names;
    std::vector<HandedOver> all;
    for (int left = whole_number("LISTEN_FDS", *count), fd = first_descriptor; left > 0; --left, ++fd) {
        check(::fcntl(fd, F_SETFD, FD_CLOEXEC), "cannot take descriptor " + std::to_string(fd) + " (LISTEN_FDS)");
        all.push_back({UniqueFd(fd), next_name(names)});
    }
    return all;
}

}  // namespace iomux::posix
