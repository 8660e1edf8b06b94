#pragma once

#include <memory>

#include "executor.hpp"

namespace iomux::asio {

/// How threads share Asio's io_context.
enum class Contexts {
    per_thread,  ///< An io_context for each thread. A connection stays with its thread.
    shared,      ///< One io_context for all threads. Strands keep handlers of one service from running concurrently.
};

/// Options of the asynchronous styles.
struct ContextOptions {
    Contexts contexts = Contexts::per_thread;
};

/// The io_context that runs a service's handlers. It is the service's own, or several services share it, each with a
/// strand.
class Context {
public:
    /// A context of the service's own. One thread runs it, so it takes no locks, like a raw server.
    Context() : context_(std::make_shared<net::io_context>(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE)) {}
    explicit Context(std::shared_ptr<net::io_context> shared)
        : context_(std::move(shared)), strand_(std::make_unique<Strand>(context_->get_executor())) {}
    Context(Context&&) = default;
    ~Context();

    Executor executor() const { return strand_ ? Executor(*context_, *strand_) : Executor(*context_); }
    /// Runs handlers until no service on this context has an operation left. Throws what a handler throws.
    void run() { context_->run(); }

private:
    std::shared_ptr<net::io_context> context_;
    std::unique_ptr<Strand> strand_;
};

}  // namespace iomux::asio
