#pragma once

#include <boost/json/object.hpp>

namespace iomux::compare {

/// What figures depend on besides the servers: kernel, processor, cores, congestion control, compiler, build.
/// A value that the system does not tell is null.
boost::json::object environment();

}  // namespace iomux::compare
