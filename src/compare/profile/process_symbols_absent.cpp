#include <stdexcept>

#include "compare/profile/process_symbols.hpp"

namespace iomux::compare {

struct ProcessSymbols::Files {};

ProcessSymbols::ProcessSymbols(pid_t) { throw std::runtime_error(*reason_against_symbols()); }
ProcessSymbols::~ProcessSymbols() = default;
ProcessSymbols::ProcessSymbols(ProcessSymbols&&) noexcept = default;

Frame ProcessSymbols::find(std::uint64_t) const { return {}; }
std::optional<FrameRule> ProcessSymbols::rule_for(std::uint64_t) const { return std::nullopt; }

std::optional<std::string> reason_against_symbols() {
    return "this program was built without libdw, which reads the symbols of programs: install libdw-dev (elfutils) "
           "and build again";
}

}  // namespace iomux::compare
