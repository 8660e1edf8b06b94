#include "server/simulated_work.hpp"

#include <stdexcept>
#include <thread>

#include "cli/values.hpp"
#include "posix/clock.hpp"

namespace iomux::server {
namespace {

using namespace std::chrono;

constexpr nanoseconds longest = seconds(10);

std::optional<SimulatedWork::By> named(std::string_view name) {
    if (name == "busy") return SimulatedWork::By::busy;
    if (name == "sleep") return SimulatedWork::By::sleep;
    return std::nullopt;
}

}  // namespace

void SimulatedWork::spend(std::size_t messages) const {
    const posix::Clock::time_point end = posix::Clock::now() + time * messages;
    if (by == By::sleep) return std::this_thread::sleep_until(end);
    while (posix::Clock::now() < end) continue;
}

std::optional<SimulatedWork> parse_simulated_work(std::string_view text) try {
    const std::size_t colon = text.find(':');
    const std::optional<SimulatedWork::By> by = named(text.substr(0, colon));
    if (!by || colon == std::string_view::npos) return std::nullopt;
    const nanoseconds time = cli::parse_duration(text.substr(colon + 1)).time;
    if (time > longest) return std::nullopt;
    return SimulatedWork{*by, time};
} catch (const std::invalid_argument&) {
    return std::nullopt;
}

}  // namespace iomux::server
