#include "compare/profile/call_chain.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace iomux::compare {
namespace {

std::optional<std::uint64_t> word_at(const StackSample& sample, std::uint64_t address) {
    std::uint64_t word = 0;
    const std::uint64_t offset = address - sample.registers.stack_pointer;  // huge if the address is below
    if (offset > sample.stack.size() || sample.stack.size() - offset < sizeof word) return std::nullopt;
    std::memcpy(&word, sample.stack.data() + offset, sizeof word);
    return word;
}

// Walks from a frame to its caller.
class Walk {
public:
    explicit Walk(const StackSample& sample)
        : sample_(sample),
          stack_pointer_(sample.registers.stack_pointer),
          frame_pointer_(sample.registers.frame_pointer) {}

    // The return address; nothing if it is not in the sampled piece.
    std::optional<std::uint64_t> leave(const FrameRule& rule) {
        const std::uint64_t base = rule.base == FrameRule::Base::stack_pointer ? stack_pointer_ : frame_pointer_;
        const std::uint64_t end = base + static_cast<std::uint64_t>(rule.end);
        const auto saved = [&](std::int64_t offset) {
            return word_at(sample_, end + static_cast<std::uint64_t>(offset));
        };
        std::optional<std::uint64_t> address;
        if (rule.return_address)
            address = saved(*rule.return_address);
        else if (is_innermost_)
            address = sample_.registers.link;
        // Only the innermost function may have an empty frame.
        const bool is_upward = end > stack_pointer_ || (is_innermost_ && end == stack_pointer_);
        const std::optional<std::uint64_t> frame_pointer =
            rule.frame_pointer ? saved(*rule.frame_pointer) : std::optional(frame_pointer_);
        if (!address || !is_upward || !frame_pointer) return std::nullopt;
        stack_pointer_ = end;
        frame_pointer_ = *frame_pointer;
        is_innermost_ = false;
        return address;
    }
    // Whether the kernel began at the frame pointer of this frame.
    bool has_sampled_frame_pointer() const { return frame_pointer_ == sample_.registers.frame_pointer; }

private:
    const StackSample& sample_;
    std::uint64_t stack_pointer_;
    std::uint64_t frame_pointer_;
    bool is_innermost_ = true;
};

// What the kernel found behind the last frame of the chain.
std::span<const std::uint64_t> rest_behind(std::span<const std::uint64_t> chain, std::span<const std::uint64_t> found) {
    const auto same = std::ranges::find(found, chain.back());
    return same == found.end() ? std::span<const std::uint64_t>()
                               : found.subspan(static_cast<std::size_t>(same - found.begin()) + 1);
}

}  // namespace

std::vector<std::uint64_t> complete_chain(const StackSample& sample, const FrameRules& rule_for) {
    const std::span<const std::uint64_t> found(sample.user);
    if (found.empty() || sample.stack.empty()) return sample.user;
    std::vector<std::uint64_t> chain{found.front()};
    Walk walk(sample);
    for (std::optional<FrameRule> rule = rule_for(chain.front()); rule;
         rule = rule_for(address_of_call(chain.back()))) {
        if (rule->base == FrameRule::Base::frame_pointer && walk.has_sampled_frame_pointer()) break;
        const std::optional<std::uint64_t> caller = walk.leave(*rule);
        if (!caller) break;
        chain.push_back(*caller);
    }
    const std::span<const std::uint64_t> rest =
        walk.has_sampled_frame_pointer() ? found.subspan(1) : rest_behind(chain, found);
    chain.insert(chain.end(), rest.begin(), rest.end());
    return chain;
}

}  // namespace iomux::compare
