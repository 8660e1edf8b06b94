#include "conversation.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace iomux::others {
namespace {

[[noreturn]] void refuse(std::string_view what) {
    std::fprintf(stderr, "invalid argument: %.*s\n", static_cast<int>(what.size()), what.data());
    std::exit(2);
}

std::uint16_t port_of(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size()) refuse(text);
    return port;
}

void set(Options& options, std::string_view name, std::string_view value) {
    if (name == "--port")
        options.port = port_of(value);
    else if (name == "--suffix")
        options.suffix = value;
    else if (name == "--framing" && (value == "chunk" || value == "line"))
        options.framing = value == "line" ? Framing::line : Framing::chunk;
    else if (name == "--service" && (value == "suffix" || value == "echo"))
        options.suffix = value == "echo" ? "" : options.suffix;
    else
        refuse(name);
}

}  // namespace

Options parse(int argc, char** argv) {
    Options options;
    const std::span words(argv, static_cast<std::size_t>(argc));
    if (words.size() < 2 || words[1][0] == '-') refuse(words[words.size() < 2 ? 0 : 1]);
    for (std::size_t at = 2; at < words.size(); at += 2) {
        if (at + 1 == words.size()) refuse(words[at]);
        set(options, words[at], words[at + 1]);
    }
    return options;
}

void announce(std::uint16_t port) {
    std::printf("listening on 127.0.0.1:%u\n", port);
    std::fflush(stdout);
}

std::string Conversation::answer(std::string_view received) {
    if (options_.framing == Framing::chunk) return std::string(received) + options_.suffix;
    std::string replies;
    std::size_t begin = 0;
    std::size_t searched = unfinished_.size();
    unfinished_ += received;
    for (std::size_t end; (end = unfinished_.find('\n', searched)) != std::string::npos; begin = searched = end + 1)
        replies.append(unfinished_, begin, end - begin).append(options_.suffix).append("\n");
    unfinished_.erase(0, begin);
    return replies;
}

}  // namespace iomux::others
