#include "compare/servers/programs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string>

#include "compare/process/process_tree.hpp"
#include "posix/error.hpp"

namespace iomux::compare {

namespace fs = std::filesystem;

std::vector<fs::path> places_of(const Program& program, const fs::path& own_folder) {
    const fs::path build = own_folder.parent_path().parent_path();
    return {own_folder / program.name, build / program.build_folder / program.name};
}

const Program& program_named(std::string_view name) {
    return std::ranges::find(server_programs, name, [](const ServerProgram& one) { return one.program.name; })->program;
}

fs::path find_program(const Program& program) {
    require_proc();
    std::string tried;
    for (const fs::path& place : places_of(program, fs::read_symlink("/proc/self/exe").parent_path())) {
        if (::access(place.c_str(), X_OK) == 0) return place;
        if (errno != ENOENT && errno != ENOTDIR)
            throw std::runtime_error(
                fmt::format("cannot run {}: {}; build it again", place.string(), posix::error_of(errno).message()));
        tried += (tried.empty() ? "" : ", ") + place.string();
    }
    throw std::runtime_error(fmt::format("cannot find {} (tried {}); build it first", program.name, tried));
}

}  // namespace iomux::compare
