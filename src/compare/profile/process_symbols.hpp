#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "compare/profile/frame.hpp"
#include "compare/profile/frame_rule.hpp"

namespace iomux::compare {

/// The functions of a running process: of its executable and of its shared libraries. They stay known after the process
/// has ended, but libraries that it loads later are not.
class ProcessSymbols {
public:
    /// Reads the symbols of all files that are mapped now, and their separate debug files below /usr/lib/debug. Throws
    /// std::runtime_error if the process has ended or may not be observed.
    explicit ProcessSymbols(pid_t process);
    ~ProcessSymbols();
    ProcessSymbols(ProcessSymbols&&) noexcept;

    /// The function that contains the address.
    Frame find(std::uint64_t address) const;
    /// How to find the caller of the function that is at the address. Nothing if its file does not say so, or if it is
    /// not as simple as a rule.
    std::optional<FrameRule> rule_for(std::uint64_t address) const;

private:
    struct Files;
    std::unique_ptr<Files> files_;
};

/// Why this program cannot read the symbols of processes; nothing if it can.
std::optional<std::string> reason_against_symbols();

}  // namespace iomux::compare
