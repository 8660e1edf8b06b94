#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace iomux::protocol {

using Bytes = std::span<const std::byte>;

inline Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// How a byte stream is divided into messages.
enum class Framing {
    chunk,   ///< What one read returns is one message, cut at the message limit. The wire carries no marks.
    line,    ///< LF ends a message; one CR before it is dropped. A reply ends with LF alone.
    length,  ///< A 32-bit big-endian length, then that many bytes.
};

/// What the reply to a message is.
enum class Service {
    suffix,   ///< The message followed by a suffix.
    echo,     ///< The message (RFC 862).
    discard,  ///< Nothing (RFC 863).
};

inline constexpr std::array<std::string_view, 3> framing_names{"chunk", "line", "length"};
inline constexpr std::array<std::string_view, 3> service_names{"suffix", "echo", "discard"};

std::string_view name_of(Framing framing);
std::string_view name_of(Service service);
std::optional<Framing> framing_named(std::string_view name);
std::optional<Service> service_named(std::string_view name);

/// The protocol that both sides of a connection speak.
struct ProtocolConfig {
    static constexpr std::size_t longest_suffix = 1024;
    /// The message and the suffix must fit into the 32-bit length field.
    static constexpr std::size_t longest_message = std::size_t{1} << 30;

    Framing framing = Framing::chunk;
    Service service = Service::suffix;
    std::string suffix = "_suffix";       ///< At most `longest_suffix` bytes; with `line`, no LF.
    std::size_t max_message = 64 * 1024;  ///< Bytes of payload; 1 to `longest_message`.

    /// Why this protocol is invalid, or nothing.
    std::optional<std::string> contradiction() const;

    std::string_view reply_suffix() const { return service == Service::suffix ? std::string_view(suffix) : ""; }
};

}  // namespace iomux::protocol
