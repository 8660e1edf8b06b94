#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/work.hpp"

namespace iomux::compare {

enum class Origin {
    registry,  ///< A mechanism of a program of ours: it takes our options, and says where it listens.
    brought,   ///< The user's, by a shell command: all that is known is its port.
};

/// A server to be compared.
struct Contestant {
    std::string name;
    std::string program;  ///< The path of our program; for a brought one its command, `{port}` in it.
    Origin origin = Origin::registry;
    std::string summary = {};
    bool guarded = true;                 ///< False: it only echoes chunks.
    std::size_t descriptor_ceiling = 0;  ///< As many descriptors at most; 0: no such limit.
    std::optional<std::string> unavailable = {};

    /// Why there is no sense in giving it this work, or nothing.
    std::optional<std::string> reason_to_skip(const Work& work) const;
    /// What to run. The port is a brought server's; one of the registry takes what the kernel gives.
    std::vector<std::string> command(const Work& work, std::uint16_t port) const;
};

/// What a program says that it has (`--list --json`). Throws std::runtime_error where it does not say it so.
std::vector<Contestant> ask(const std::filesystem::path& program);
std::vector<Contestant> parse_list(const std::filesystem::path& program, std::string_view json);

/// `name=command with {port}`. Throws cli::UsageError.
Contestant parse_brought(std::string_view text);

/// The ones of these names, in the order of the names. Throws cli::UsageError, which names the ones there are.
std::vector<Contestant> choose(const std::vector<Contestant>& all, const std::vector<std::string>& names);

}  // namespace iomux::compare
