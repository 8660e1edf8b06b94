#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace iomux::compare {

/// A program of ours, and the folder that CMake builds it in.
struct Program {
    std::string_view name;
    std::string_view build_folder;
};

inline constexpr Program raw_servers{"iomux-raw", "raw"};
inline constexpr Program asio_servers{"iomux-asio", "asio"};
inline constexpr Program load_generator{"iomux-load", "src/load"};

/// Where it may lie: beside this program (installed), or in its folder of the same build.
std::vector<std::filesystem::path> places_of(const Program& program, const std::filesystem::path& own_folder);

/// The first place that has it. Throws std::runtime_error with the places where it was sought.
std::filesystem::path find_program(const Program& program);

}  // namespace iomux::compare
