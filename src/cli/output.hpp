#pragma once

#include <string_view>
#include <system_error>

namespace iomux::cli {

/// The reader of standard output has gone, as head(1) goes when it has read enough (EPIPE).
struct ReaderGone : std::system_error {
    using system_error::system_error;
};

/// Ends the program as SIGPIPE would have, quietly, as usual tools do. Returns if SIGPIPE is ignored.
void end_by_sigpipe();

/// Throws what writing to standard output has failed with: ReaderGone, WaitInterrupted or std::system_error.
[[noreturn]] void throw_output_lost(int error);

/// Whether `throw_output_lost` was called, so that the loss is known.
bool is_output_lost();

/// Writes the text to standard output, or to its buffer. Throws as `throw_output_lost`.
void print(std::string_view text);

/// Writes what is in the buffer of standard output. Throws as `throw_output_lost`, also if earlier output was lost.
void flush();

/// Writes the text to standard error. Returns whether it is written; if not, only the exit status can tell.
bool print_error(std::string_view text);

/// Sets the name that `print_remark` begins with.
void name_program(std::string_view name);

/// Writes a line of the program to standard error: `iomux-compare: waiting for a reader of /tmp/fifo`.
void print_remark(std::string_view text);

}  // namespace iomux::cli
