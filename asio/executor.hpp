#pragma once

#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <utility>

namespace iomux::asio {

namespace net = boost::asio;

using Strand = net::strand<net::io_context::executor_type>;

/// Where handlers run: on an io_context that one thread runs, so that there is no other at the same time, or on a
/// strand of one that several threads run. One type for both: a server's source is the same, and does not say.
///
/// It is written out, since the default, any_io_executor, is asked through a table of functions at each step.
class Executor {
public:
    explicit Executor(net::io_context& context) : context_(&context) {}
    /// `strand` is one of `context`, and outlives it.
    Executor(net::io_context& context, const Strand& strand) : context_(&context), strand_(&strand) {}

    template <class Function>
    void execute(Function&& function) const {
        if (strand_ != nullptr)
            run_on(*strand_, std::forward<Function>(function));
        else if (later_)
            run_on(context_->get_executor(), std::forward<Function>(function));
        else
            std::forward<Function>(function)();  // we are in the one thread already
    }

    // What the library asks of an executor: <boost/asio/execution.hpp>.
    net::io_context& query(net::execution::context_t) const noexcept { return *context_; }
    net::execution::blocking_t query(net::execution::blocking_t) const noexcept {
        return later_ ? net::execution::blocking_t(net::execution::blocking.never)
                      : net::execution::blocking_t(net::execution::blocking.possibly);
    }
    Executor require(net::execution::blocking_t::never_t) const { return with_later(true); }
    Executor require(net::execution::blocking_t::possibly_t) const { return with_later(false); }
    bool operator==(const Executor&) const noexcept = default;

private:
    template <class Other, class Function>
    void run_on(const Other& other, Function&& function) const {
        if (later_)
            net::require(other, net::execution::blocking.never).execute(std::forward<Function>(function));
        else
            other.execute(std::forward<Function>(function));
    }

    Executor with_later(bool later) const {
        Executor other = *this;
        other.later_ = later;
        return other;
    }

    net::io_context* context_;
    const Strand* strand_ = nullptr;
    bool later_ = false;  // not within the call of execute
};

}  // namespace iomux::asio
