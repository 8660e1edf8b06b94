#pragma once

#include <memory>

#include "executor.hpp"

namespace iomux::asio {

/// The io_context that a service's handlers run on: one of its own, or one of several services, each with a strand.
class Context {
public:
    /// Its own. One thread runs it, so it needs no locks: neither has a raw server any.
    Context() : context_(std::make_shared<net::io_context>(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE)) {}
    explicit Context(std::shared_ptr<net::io_context> shared)
        : context_(std::move(shared)), strand_(std::make_unique<Strand>(context_->get_executor())) {}
    Context(Context&&) = default;
    ~Context();

    Executor executor() const { return strand_ ? Executor(*context_, *strand_) : Executor(*context_); }
    /// Until nothing more is to come, of any service on it. Throws what a handler throws.
    void run() { context_->run(); }

private:
    std::shared_ptr<net::io_context> context_;
    std::unique_ptr<Strand> strand_;
};

}  // namespace iomux::asio
