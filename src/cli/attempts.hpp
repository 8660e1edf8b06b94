#pragma once

#include <exception>
#include <string>
#include <vector>

namespace iomux::cli {

/// Does one thing after the other, so that a failure of one does not prevent the others: an output that cannot be
/// written does not lose the rest.
class Attempts {
public:
    template <class Action>
    void attempt(Action action) {
        try {
            action();
        } catch (const std::exception&) {
            failures_.push_back(std::current_exception());
        }
    }
    /// Throws the failure, if there was one. Several become one error with all their texts: WaitInterrupted if a signal
    /// has ended one, else std::runtime_error.
    void finish() const;

private:
    std::vector<std::exception_ptr> failures_;
};

}  // namespace iomux::cli
