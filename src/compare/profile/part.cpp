#include "compare/profile/part.hpp"

#include <fmt/format.h>

#include <optional>

#include "compare/profile/parts_table.hpp"

namespace iomux::compare {
namespace {

struct Decision {
    Layer layer;
    std::size_t frame;
};

bool is_kernel(const Frame& frame) { return frame.in == Frame::In::kernel; }

// The functions of one side of the kernel's border, from `begin` up to but not including `end`.
std::optional<Decision> decide_layer(std::span<const Frame> stack, std::size_t begin, std::size_t end) {
    // The first frame that calls functions without a rule.
    std::optional<std::size_t> unlisted;
    for (std::size_t i = begin; i < end; ++i) {
        const std::optional<Rule> rule = rule_of(stack[i]);
        if (!rule) {
            unlisted = unlisted.value_or(i);
        } else if (rule->layer == Layer::system_calls && unlisted) {
            return Decision{Layer::unknown, *unlisted};
        } else if (rule->layer) {
            return Decision{*rule->layer, i};
        }
        // Code without a symbol may be anything.
        if (!rule && !is_kernel(stack[i])) return Decision{Layer::unknown, i};
    }
    return std::nullopt;
}

Stage stage_in(std::span<const Frame> stack) {
    std::optional<Stage> of_any_file;
    for (const Frame& frame : stack)
        if (const std::optional<Rule> rule = rule_of(frame)) {
            if (rule->stage && !rule->is_for_all_files) return *rule->stage;
            if (!of_any_file) of_any_file = rule->stage;
            if (rule->is_interrupt) break;
        }
    return of_any_file.value_or(Stage::other);
}

}  // namespace

std::string_view name_of(Layer layer) {
    switch (layer) {
        case Layer::own_code: return "own code";
        case Layer::library: return "library";
        case Layer::allocator: return "allocator";
        case Layer::system_calls: return "system call entry and exit";
        case Layer::waiting: return "wait mechanism";
        case Layer::sending: return "socket send";
        case Layer::receiving: return "socket receive";
        case Layer::peer_receive: return "peer's receive path";
        case Layer::copying: return "copying";
        case Layer::scheduling: return "wake-up and scheduling";
        case Layer::other: return "other";
        case Layer::unknown: break;
    }
    return "unknown";
}

std::string text_of(const Part& part) {
    if (part.stage == Stage::other) return std::string(name_of(part.layer));
    return fmt::format("{}, {}", name_of(part.layer), name_of(part.stage));
}

Attribution attribute(std::span<const Frame> stack) {
    std::size_t border = 0;
    while (border < stack.size() && is_kernel(stack[border])) ++border;
    const bool in_kernel = border > 0;
    std::optional<Decision> decision = decide_layer(stack, in_kernel ? 0 : border, in_kernel ? border : stack.size());
    if (!in_kernel && !stack.empty() && stack.front().after_system_call) decision = Decision{Layer::system_calls, 0};
    // A function of a library whose callers are not known, because it keeps no frame pointer.
    if (!decision && !in_kernel && !stack.empty() && stack.front().in == Frame::In::library)
        decision = Decision{Layer::library, 0};
    if (!decision || decision->layer == Layer::unknown) return {.part = {}, .frame = decision ? decision->frame : 0};
    return {.part = {.layer = decision->layer, .stage = stage_in(stack)}, .frame = decision->frame};
}

}  // namespace iomux::compare
