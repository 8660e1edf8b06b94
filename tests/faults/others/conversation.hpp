#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// What the rows of the table ask of any server, whatever its library: how it is started, and what it replies.
namespace iomux::others {

enum class Framing { chunk, line };

struct Options {
    std::uint16_t port = 8080;
    Framing framing = Framing::chunk;
    std::string suffix = "_suffix";  ///< none with --service echo
};

/// `PROGRAM NAME [--port N] [--framing chunk|line] [--service suffix|echo] [--suffix TEXT]`. Anything else ends the
/// program: a line that says so, exit 2.
Options parse(int argc, char** argv);

/// Says on standard output that it listens.
void announce(std::uint16_t port);

/// One client's: bytes in, replies out. Without a limit, as nobody has asked for one.
class Conversation {
public:
    explicit Conversation(const Options& options) : options_(options) {}

    std::string answer(std::string_view received);

private:
    const Options& options_;
    std::string unfinished_;
};

}  // namespace iomux::others
