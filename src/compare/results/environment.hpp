#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "compare/meters/machine_check.hpp"

namespace iomux::compare {

/// The properties of the machine and of the build that affect the results. Unknown values are null.
/// - `kernel`, `architecture`, `cpu`, `cores`, `virtual_machine` (whether the CPU reports a hypervisor), `machine`
/// (vendor
///   and model of the machine or of the hypervisor);
/// - `mitigations`: the kernel's mitigation of each CPU vulnerability that the CPU has;
/// - `governor` of the CPU frequency, `transparent_huge_pages`;
/// - `limits`: descriptors per process, `somaxconn`, `tcp_rmem` and `tcp_wmem` (bytes: minimum, default, maximum);
///   `congestion_control`;
/// - `compiler`, `compiler_flags` of the servers, `load_compiler_flags`, `build_type`, `libraries` by name, `version`,
///   `commit`: of this program and of the project's servers;
/// - `machine_check`: the check, and `doubts`, which say why the results are less certain.
boost::json::object environment(const MachineCheck& check);

/// A sentence that says why the results are less certain: `results are less certain, because …`. Empty if there is no
/// such reason.
std::string warning_on(const boost::json::object& environment);

/// The word in brackets, as in `always [madvise] never`; empty if there is none.
std::string chosen_in(std::string_view choices);

}  // namespace iomux::compare
