#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "compare/mechanisms/monitor_mechanisms.hpp"

namespace iomux::compare {

// googletest allows no hyphen in the name of a test.
inline std::string mechanism_name(const testing::TestParamInfo<Mechanism>& mechanism) {
    std::string name(mechanism.param.name);
    std::ranges::replace(name, '-', '_');
    return name;
}

// The name and not the bytes of the object, because those change with every run.
inline void PrintTo(const Mechanism& mechanism, std::ostream* out) { *out << mechanism.name; }

}  // namespace iomux::compare
