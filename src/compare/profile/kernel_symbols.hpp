#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace iomux::compare {

/// The functions of the kernel and of its modules.
class KernelSymbols {
public:
    /// Parses a text in the form of `/proc/kallsyms`. Throws std::runtime_error with what to do if it has no addresses,
    /// because the kernel hides them.
    explicit KernelSymbols(std::string_view kallsyms);
    /// Reads that file.
    static KernelSymbols of_this_kernel();

    /// The function that contains the address. Nothing if the address is below all functions.
    std::optional<std::string_view> find(std::uint64_t address) const;

private:
    struct Symbol {
        std::uint64_t address;
        std::string name;
    };
    std::vector<Symbol> symbols_;  // by address
};

}  // namespace iomux::compare
