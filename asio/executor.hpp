#pragma once

#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <utility>

namespace iomux::asio {

namespace net = boost::asio;

using Strand = net::strand<net::io_context::executor_type>;

/// Where handlers run: on an io_context that only one thread runs, or on a strand of one that several threads run. In
/// both cases no two handlers run at the same time. It is one type, so the servers' source is the same for both.
///
/// It replaces the library's default, any_io_executor, which makes an indirect call at each step.
class Executor {
public:
    explicit Executor(net::io_context& context) : context_(&context) {}
    /// `strand` belongs to `context` and outlives the executor.
    Executor(net::io_context& context, const Strand& strand) : context_(&context), strand_(&strand) {}

    template <class Function>
    void execute(Function&& function) const {
        if (strand_ != nullptr)
            run_on(*strand_, std::forward<Function>(function));
        else if (later_)
            run_on(context_->get_executor(), std::forward<Function>(function));
        else
            std::forward<Function>(function)();  // this is the context's only thread
    }

    // What the library requires of an executor (<boost/asio/execution.hpp>).
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
    bool later_ = false;  // not inside the call of execute (blocking.never)
};

}  // namespace iomux::asio
