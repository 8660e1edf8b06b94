#pragma once

#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

namespace iomux::compare {

/// The program that measures.
inline constexpr const char* program_name = "iomux-compare";

/// A program of this project, and the build folder where CMake puts it.
struct Program {
    std::string_view name;
    std::string_view build_folder;

    /// The part of a server's full name before the slash: `raw` for `iomux-raw`.
    std::string_view short_name() const { return name.substr(name.find('-') + 1); }
};

inline constexpr Program comparison{program_name, "src/compare"};
inline constexpr Program load_generator{"iomux-load", "src/load"};

/// A program that contains servers.
struct ServerProgram {
    Program program;
    enum class Compared { by_default, on_demand } compared;
    enum class Built { always, where_possible } built;
};

/// A server name without a program is looked up in this order.
inline constexpr std::array server_programs{
    ServerProgram{{"iomux-raw", "raw"}, ServerProgram::Compared::by_default, ServerProgram::Built::always},
    ServerProgram{{"iomux-asio", "asio"}, ServerProgram::Compared::by_default, ServerProgram::Built::always},
    ServerProgram{{"iomux-asio-select", "asio"}, ServerProgram::Compared::on_demand, ServerProgram::Built::always},
    ServerProgram{
        {"iomux-asio-io_uring", "asio"}, ServerProgram::Compared::on_demand, ServerProgram::Built::where_possible},
};

/// Finds one of these by name, such as `iomux-raw`.
const Program& program_named(std::string_view name);

/// Where the program may be: in the folder of this program (installed), or in its folder of the same build.
std::vector<std::filesystem::path> places_of(const Program& program, const std::filesystem::path& own_folder);

/// The first existing path. Throws std::runtime_error with the paths that were tried, or if it must not be executed.
std::filesystem::path find_program(const Program& program);

}  // namespace iomux::compare
