#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace iomux::compare {

/// What figures depend on besides the servers, for the machine and for the build. A value that the system does not tell
/// is null.
/// - `kernel`, `architecture`, `cpu`, `cores`, `virtual_machine` (whether the processor says that it is one's),
/// `machine`
///   (its maker and model, or its hypervisor's);
/// - `mitigations`: what the kernel does about each of the processor's faults, those left out that it has not;
/// - `governor` of the cores' clock, `transparent_huge_pages`;
/// - `limits`: descriptors of a process, `somaxconn`, `tcp_rmem` and `tcp_wmem` (bytes: least, usual, most);
///   `congestion_control`;
/// - `compiler`, `compiler_flags` of the servers, `load_compiler_flags`, `build_type`, `libraries` by name, `version`,
///   `commit`: of this program, and of those that are built with it.
boost::json::object environment();

/// What in an environment makes figures less certain, for people: ended lines, or nothing.
std::string warnings_on(const boost::json::object& environment);

/// The choice that is in brackets: `always [madvise] never`; empty where none is.
std::string chosen_in(std::string_view choices);

}  // namespace iomux::compare
