#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

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

/// What differs between two environments, with both values: `kernel: "Linux 6.1.0", now "Linux 6.1.9"`. Of machines:
/// what is not about a build, without the check and without the limit on descriptors, which affects no ratio.
std::vector<std::string> differences_of_machines(const boost::json::object& before, const boost::json::object& now);
std::vector<std::string> differences_of_builds(const boost::json::object& before, const boost::json::object& now);

/// The check with the larger of each share, and of the load average, of this time and of an earlier environment.
MachineCheck worse_of(MachineCheck check, const boost::json::object& earlier);

/// The word in brackets, as in `always [madvise] never`; empty if there is none.
std::string chosen_in(std::string_view choices);

}  // namespace iomux::compare
