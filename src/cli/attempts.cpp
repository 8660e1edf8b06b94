#include "cli/attempts.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "cli/error_text.hpp"
#include "cli/wait.hpp"

namespace iomux::cli {

void Attempts::finish() const {
    if (failures_.size() == 1) std::rethrow_exception(failures_.front());
    bool interrupted = false;
    std::vector<std::string> texts;
    for (const std::exception_ptr& failure : failures_) try {
            std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            interrupted |= dynamic_cast<const WaitInterrupted*>(&error) != nullptr;
            texts.push_back(error_text(error));
        }
    const std::string text = fmt::format("{}", fmt::join(texts, "; "));
    if (interrupted) throw WaitInterrupted(text);
    if (!texts.empty()) throw std::runtime_error(text);
}

}  // namespace iomux::cli
