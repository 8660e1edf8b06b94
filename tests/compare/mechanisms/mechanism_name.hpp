#pragma once

#include <gtest/gtest.h>

#include <ostream>

#include "compare/mechanisms/monitor_mechanisms.hpp"

namespace iomux::compare {

inline std::string mechanism_name(const testing::TestParamInfo<Mechanism>& mechanism) {
    return std::string(mechanism.param.name);
}

// The name and not the bytes of the object, because those change with every run.
inline void PrintTo(const Mechanism& mechanism, std::ostream* out) { *out << mechanism.name; }

}  // namespace iomux::compare
