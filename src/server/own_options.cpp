#include "server/own_options.hpp"

#include <fmt/ostream.h>

#include <stdexcept>

#include "cli/values.hpp"

namespace iomux::server {

std::uint64_t Numbers::parse(std::string_view text) const { return cli::parse_whole(text, lowest, highest); }

std::size_t Sizes::parse(std::string_view text) const {
    const std::size_t bytes = cli::parse_size(text).bytes;
    if (bytes < lowest || bytes > highest)
        throw std::invalid_argument(
            fmt::format("expected a size from {} to {}", this->text(lowest), this->text(highest)));
    return bytes;
}

std::string Sizes::text(std::size_t bytes) const { return fmt::format("{}", fmt::streamed(cli::Size{bytes})); }

std::chrono::nanoseconds Times::parse(std::string_view text) const { return cli::parse_duration(text).time; }

std::string Times::text(std::chrono::nanoseconds time) const {
    return fmt::format("{}", fmt::streamed(cli::Duration{time}));
}

}  // namespace iomux::server
