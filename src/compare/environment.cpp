#include "compare/environment.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>
#include <string>

#include "posix/error.hpp"

namespace iomux::compare {
namespace {

using boost::json::value;

value told(const std::string& text) { return text.empty() ? value(nullptr) : value(text); }

std::string first_line(const char* path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

std::string cpu_model() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (const std::size_t colon = line.find(": "); line.starts_with("model name") && colon != std::string::npos)
            return line.substr(colon + 2);
    return "";
}

}  // namespace

boost::json::object environment() {
    utsname system{};
    posix::check(::uname(&system), "uname");
    return {{"kernel", std::string(system.sysname) + " " + system.release},
            {"architecture", system.machine},
            {"cpu", told(cpu_model())},
            {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)},
            {"congestion_control", told(first_line("/proc/sys/net/ipv4/tcp_congestion_control"))},
            {"compiler", __VERSION__},
            {"build_type", told(IOMUX_BUILD_TYPE)},
            {"version", IOMUX_VERSION}};
}

}  // namespace iomux::compare
