#pragma once

#include <string_view>

namespace iomux::cli {

/// Writes the text to standard output, or to its buffer. Throws std::system_error.
void print(std::string_view text);

/// Writes what is in the buffer of standard output. Throws std::system_error, also if earlier output was lost.
void flush();

/// Writes the text to standard error. If that fails nothing can tell, except for the exit status.
void print_error(std::string_view text);

}  // namespace iomux::cli
