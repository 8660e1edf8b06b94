#pragma once

#include <string>
#include <string_view>

#include "posix/unique_fd.hpp"

namespace iomux::cli {

/// Stands for standard output where a file name is expected.
inline constexpr const char* standard_output = "-";

/// Whether the name means standard output: `-`, or a path of it such as `/dev/stdout`.
bool is_standard_output(const std::string& file);

/// Whether both names mean standard output or the same regular file, so that one content would replace the other. A
/// device, a pipe or one descriptor can take several. Standard output may be redirected to a regular file.
bool is_same_output(const std::string& one, const std::string& other);

/// Whether `write_file` replaces the file as a whole: it is new or regular.
bool is_replaced(const std::string& file);

/// Whether the old content of this regular file is kept if `write_file` fails, because it writes another file first.
bool keeps_old_content(const std::string& file);

/// Throws std::system_error if the file cannot be written, so that a long measurement does not begin in vain. Changes
/// no file and waits for no reader.
void check_output_file(const std::string& file);

/// Writes the whole file or throws std::system_error. If it is standard output: as `throw_output_lost`.
/// - A new or a regular file is written under another name in its directory and then renamed, so that a reader never
///   sees a part of the content, and the old content is kept if writing fails. It keeps its mode and owner. A symbolic
///   link is kept; its target is written. If this is not possible, because the directory cannot be written or the owner
///   cannot be kept, or if the file has other names (hard links) or extended attributes, it is written in place. If the
///   process is killed meanwhile, the next one that writes to the directory removes the unfinished file.
/// - What is not a regular file, such as a device or a pipe, is opened and written. If a FIFO has no reader, a line on
///   standard error says that it is waited for.
/// - A descriptor of this process (`/dev/fd/N`, `/dev/stdout`) is written as it is open.
/// Throws WaitInterrupted if a signal comes while it waits for a reader.
void write_file(const std::string& file, std::string_view content);

/// A file that others read while it is written piece by piece. It is written in place, otherwise as by `write_file`.
class OutputStream {
public:
    /// Empties a regular file, and waits for the reader of a FIFO. Throws as `write_file`.
    explicit OutputStream(const std::string& file);
    /// Throws std::system_error if it cannot be written or its reader has gone, and WaitInterrupted if a signal comes
    /// while the reader reads nothing.
    void write(std::string_view content) const;

private:
    std::string file_;
    bool is_standard_output_ = false;
    posix::UniqueFd opened_;
};

}  // namespace iomux::cli
