#pragma once

#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

namespace iomux::compare {

/// The program that measures.
inline constexpr const char* program_name = "iomux-compare";

/// A program of ours, and the folder that CMake builds it in.
struct Program {
    std::string_view name;
    std::string_view build_folder;

    /// `raw` of `iomux-raw`: what comes before the slash in a server's full name.
    std::string_view short_name() const { return name.substr(name.find('-') + 1); }
};

inline constexpr Program comparison{program_name, "src/compare"};
inline constexpr Program load_generator{"iomux-load", "src/load"};

/// A program that has servers.
struct ServerProgram {
    Program program;
    enum class Compared { by_default, on_demand } compared;
    enum class Built { always, where_possible } built;
};

/// In the order in which a server's name is looked for.
inline constexpr std::array server_programs{
    ServerProgram{{"iomux-raw", "raw"}, ServerProgram::Compared::by_default, ServerProgram::Built::always},
    ServerProgram{{"iomux-asio", "asio"}, ServerProgram::Compared::by_default, ServerProgram::Built::always},
    ServerProgram{{"iomux-asio-select", "asio"}, ServerProgram::Compared::on_demand, ServerProgram::Built::always},
    ServerProgram{
        {"iomux-asio-io_uring", "asio"}, ServerProgram::Compared::on_demand, ServerProgram::Built::where_possible},
};

/// One of these, `iomux-raw`.
const Program& program_named(std::string_view name);

/// Where it may lie: beside this program (installed), or in its folder of the same build.
std::vector<std::filesystem::path> places_of(const Program& program, const std::filesystem::path& own_folder);

/// The first place that has it. Throws std::runtime_error with the places where it was sought.
std::filesystem::path find_program(const Program& program);

}  // namespace iomux::compare
