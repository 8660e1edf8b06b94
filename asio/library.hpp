#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_descriptor.hpp>

namespace iomux::asio {

namespace net = boost::asio;
using boost::system::error_code;

// The executor's type is named, since the default, any_io_executor, is asked through a table of functions at each step.
using Executor = net::io_context::executor_type;

/// Waits for a descriptor that is another's, who closes it once this is gone, or released.
class Descriptor : public net::posix::basic_descriptor<Executor> {
public:
    using basic_descriptor::basic_descriptor;
    ~Descriptor() { release(); }
};

}  // namespace iomux::asio
