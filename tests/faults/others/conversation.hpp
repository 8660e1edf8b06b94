#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// What the rows of the table require of any server: its command line and its replies.
namespace iomux::others {

enum class Framing { chunk, line };

struct Options {
    std::uint16_t port = 8080;
    Framing framing = Framing::chunk;
    std::string suffix = "_suffix";  ///< empty with --service echo
};

/// `PROGRAM NAME [--port N] [--framing chunk|line] [--service suffix|echo] [--suffix TEXT]`. Anything else is
/// an error: the program prints a line and exits with status 2.
Options parse(int argc, char** argv);

/// Prints on standard output that it listens.
void announce(std::uint16_t port);

/// The replies to one client. It has no limit on a message, because the tutorials have none.
class Conversation {
public:
    explicit Conversation(const Options& options) : options_(options) {}

    std::string answer(std::string_view received);

private:
    const Options& options_;
    std::string unfinished_;
};

}  // namespace iomux::others
