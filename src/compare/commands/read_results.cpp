#include "compare/commands/read_results.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "cli/error_text.hpp"
#include "cli/input_file.hpp"
#include "cli/printable.hpp"
#include "compare/results/parse_results.hpp"
#include "compare/results/upgrade.hpp"

namespace iomux::compare {
namespace {

// Ten times as much as the results of all servers in 100 rounds.
constexpr std::size_t longest_results = 256 * 1024 * 1024;

}  // namespace

std::string name_of_input(const std::string& file) {
    return file == cli::standard_input ? "standard input" : cli::excerpt(file);
}

Results read_results(const std::string& file) {
    const std::string name = name_of_input(file);
    const std::string content =
        file == cli::standard_input ? cli::read_standard_input(longest_results) : cli::read_file(file, longest_results);
    try {
        return parse_results(content);
    } catch (const UnreadableVersion& error) {
        throw std::runtime_error(fmt::format("{}: {}", name, error.what()));
    } catch (const std::exception& error) {
        throw std::runtime_error(
            fmt::format("cannot read results from {}: {}; give a file that iomux-compare --json has written", name,
                        cli::error_text(error)));
    }
}

}  // namespace iomux::compare
