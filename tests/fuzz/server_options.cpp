// The command line and the config file of a server. The result is either valid options or an error. The input has one
// word of the command line per line, an empty line, and the config file. Each word is also parsed as a value.
#include "server/options.hpp"

#include <netdb.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>
#include <string>
#include <vector>

#include "fuzzing.hpp"
#include "mechanism_options.hpp"
#include "mechanisms.hpp"
#include "posix/error.hpp"
#include "posix/unique_fd.hpp"
#include "values.hpp"

// Accepts only numeric addresses, so that no input makes the fuzzer resolve names. The linker inserts it (--wrap).
extern "C" int __real_getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found);
extern "C" int __wrap_getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
    addrinfo numeric = *hints;
    numeric.ai_flags |= AI_NUMERICHOST;
    return __real_getaddrinfo(host, service, &numeric, found);
}

namespace iomux::fuzz {
namespace {

using namespace server;

std::unique_ptr<Server> make_none(Sockets, const Settings&) { return nullptr; }
std::unique_ptr<Server> make_none_together(std::vector<Sockets>, const Settings&) { return nullptr; }

// Those of the hand-written servers, and one as of Asio's styles.
std::vector<OwnOption> special_options() {
    std::vector<OwnOption> all;
    for (const Mechanism& mechanism : raw::mechanisms())
        all.insert(all.end(), mechanism.options.begin(), mechanism.options.end());
    all.push_back({"contexts", "a name", "per-thread", [](OwnOptions&, std::string_view name) {
                       if (name != "per-thread" && name != "shared") throw std::invalid_argument("another name");
                   }});
    return all;
}

// Everything in which mechanisms differ occurs in at least one of these.
std::span<const Mechanism> mechanisms() {
    static const std::vector<OwnOption> special = special_options();
    static const std::array all{
        Mechanism{.name = "plain", .family = Family::readiness, .summary = "as most", .needs = "", .make = make_none},
        Mechanism{.name = "bare",
                  .family = Family::readiness,
                  .summary = "echoes",
                  .needs = "",
                  .make = make_none,
                  .guarantees = Guarantees::bare_echo,
                  .threads = Threads::one,
                  .datagrams = false},
        Mechanism{.name = "special",
                  .family = Family::completion,
                  .summary = "has every option",
                  .needs = "",
                  .make = make_none,
                  .options = special,
                  .make_together = make_none_together},
        Mechanism{.name = "threaded",
                  .family = Family::blocking,
                  .summary = "has threads",
                  .needs = "",
                  .make = make_none,
                  .threads = Threads::of_the_clients,
                  .accepting = Accepting::shared,
                  .usual_max_connections = 4096}};
    return all;
}

/// A file with this content that has a path but is in no directory.
class MemoryFile {
public:
    explicit MemoryFile(std::string_view content)
        : fd_(posix::check(::memfd_create("config", MFD_CLOEXEC), "memfd_create")) {
        require(::write(fd_.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()),
                "the memory file is written completely");
    }
    std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

private:
    posix::UniqueFd fd_;
};

void check(const Limits& limits) {
    require(limits.low_water < limits.high_water, "the low-water mark is below the high-water mark");
    require(limits.high_water <= std::size_t{1} << 30, "replies up to the high-water mark can be allocated");
    require(limits.max_connections > 0, "at least one connection is allowed");
    require(limits.drain_timeout.count() >= 0, "no time is negative");
}

void check(const OwnOptions& own) {
    require(own.get<raw::PoolOptions>().workers - 1 < 1024, "the number of threads is limited");
    require(own.get<raw::PollingOptions>().interval.count() >= 0, "no time is negative");
    const auto ring = own.get<raw::RingOptions>();
    require(std::has_single_bit(ring.buffers) && ring.buffer_size > 0, "the ring can be made");
}

void check(const ServerOptions& options) {
    const Settings& settings = options.settings;
    require(options.mechanism != nullptr, "a mechanism is chosen");
    require(!settings.protocol.contradiction(), "the protocol is valid");
    require(!contradiction(*options.mechanism, settings.protocol), "the mechanism serves the protocol");
    check(settings.limits);
    require(settings.threads <= 1024, "the number of threads is limited");
    check(settings.own);
    require(options.backlog > 0, "the backlog is at least 1");
    require(options.endpoint.text() != "an unnamed peer", "there is an address");
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words{"iomux-fuzz"};
    while (!text.empty()) {
        const std::string word(text.substr(0, text.find_first_of(std::string_view("\n\0", 2))));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        // No other config file, because some files never end.
        if (!word.starts_with("--config")) words.push_back(word);
    }
    return words;
}

void parse(std::vector<std::string> words) {
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    const ServerProgram program{"iomux-fuzz", "For a fuzzer.", mechanisms()};
    try {
        const auto options = parse_server_options(program, static_cast<int>(argv.size()), argv.data());
        if (options) check(*options);
    } catch (const std::runtime_error& refusal) {
        require(*refusal.what() != '\0', "an error has a text");
    }
}

}  // namespace
}  // namespace iomux::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace iomux::fuzz;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    std::vector<std::string> words = words_of(text.substr(0, end));
    for (const std::string& word : words) {
        check_values(word);
        check_values(std::string_view(word).substr(word.find('=') + 1));
    }
    const MemoryFile config(text.substr(std::min(end + 2, text.size())));
    words.push_back("--config=" + config.path());
    parse(std::move(words));
    return 0;
}
