#pragma once

#include <boost/asio/posix/basic_descriptor.hpp>

#include "executor.hpp"

namespace iomux::asio {

using boost::system::error_code;

/// Waits for a descriptor that another object owns and closes. Does not close it.
class Descriptor : public net::posix::basic_descriptor<Executor> {
public:
    using basic_descriptor::basic_descriptor;
    ~Descriptor() { release(); }
};

}  // namespace iomux::asio
