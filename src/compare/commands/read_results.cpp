#include "compare/commands/read_results.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>

#include "compare/results/results_json.hpp"
#include "posix/error.hpp"

namespace iomux::compare {
namespace {

std::string content_of(std::istream& stream) { return {std::istreambuf_iterator<char>(stream), {}}; }

std::string content_of(const std::string& name) {
    if (name == "-") return content_of(std::cin);
    // A directory can be opened, and then reads as an empty file.
    if (std::filesystem::is_directory(name)) posix::throw_errno("cannot read " + name, EISDIR);
    std::ifstream file(name);
    if (!file) posix::throw_errno("cannot read " + name);
    return content_of(file);
}

}  // namespace

Results read_results(const std::string& file) {
    const std::string content = content_of(file);
    try {
        return parse_results(content);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(fmt::format("{}: {}", file, error.what()));
    }
}

}  // namespace iomux::compare
