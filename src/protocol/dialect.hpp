#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace iomux::protocol {

using Bytes = std::span<const std::byte>;

inline Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// How a stream of bytes is cut into messages.
enum class Framing {
    chunk,   ///< What one read returns is one message, cut at the message limit. No marks on the wire.
    line,    ///< LF ends a message; one CR before it is kept out. A reply ends with LF alone.
    length,  ///< A 32-bit big-endian length, then as many bytes.
};

/// What is answered to a message.
enum class Service {
    suffix,   ///< The message and a suffix behind it.
    echo,     ///< The message (RFC 862).
    discard,  ///< Nothing (RFC 863).
};

std::string_view name_of(Framing framing);
std::string_view name_of(Service service);
std::optional<Framing> framing_named(std::string_view name);
std::optional<Service> service_named(std::string_view name);

/// What both sides of a connection agree on.
struct Dialect {
    static constexpr std::size_t longest_suffix = 1024;
    /// The length field has 32 bits and the suffix must fit too.
    static constexpr std::size_t longest_message = std::size_t{1} << 30;

    Framing framing = Framing::chunk;
    Service service = Service::suffix;
    std::string suffix = "_suffix";       ///< At most `longest_suffix` bytes; with `line`, no LF.
    std::size_t max_message = 64 * 1024;  ///< Bytes of payload; 1 to `longest_message`.

    /// Why this dialect cannot be spoken, or nothing.
    std::optional<std::string> contradiction() const;

    std::string_view reply_suffix() const { return service == Service::suffix ? std::string_view(suffix) : ""; }
};

}  // namespace iomux::protocol
