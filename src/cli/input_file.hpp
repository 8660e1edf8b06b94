#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace iomux::cli {

/// Stands for standard input where a file name is expected.
inline constexpr const char* standard_input = "-";

/// The content of a file, a device, a pipe or a FIFO. If no writer of a FIFO has come yet, a line on standard error
/// says that it is waited for. Throws an exception that names the file if it cannot be read or has more than
/// `most_bytes`, as an endless device has, and WaitInterrupted if a signal comes while it waits.
std::string read_file(const std::string& file, std::size_t most_bytes);

/// The content of a file that may be missing or unreadable, such as that of a process that has ended (proc(5)). Empty
/// if it cannot be read to its end.
std::string content_if_readable(const std::string& file);

/// The same as `read_file` for standard input.
std::string read_standard_input(std::size_t most_bytes);

/// The content of a regular file; nothing if there is no such file. Nothing else is opened, because opening a FIFO or a
/// device could block or change it. Throws std::runtime_error that says only why: `it is a FIFO, not a regular file`.
std::optional<std::string> read_regular_file(const std::filesystem::path& file, std::size_t most_bytes);

}  // namespace iomux::cli
