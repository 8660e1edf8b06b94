#pragma once

#include <filesystem>
#include <string_view>

namespace iomux::posix {

/// How the names of some temporary files or folders are formed: between prefix and suffix are `varying` characters.
struct TemporaryNames {
    std::string_view prefix;
    std::size_t varying;
    std::string_view suffix = {};
};

/// Marks a temporary file or folder as in use until `fd` is closed, also by the end of the process (flock(2)). Returns
/// false if another process has taken it for stale and removed it; another one must then be created.
bool keep_temporary(int fd, const std::filesystem::path& path);

/// Removes the temporary files and folders that a process left in `folder` when it was killed. What another user owns,
/// what is in use, and everything that is neither a regular file nor a folder stays. Errors are ignored.
void remove_stale_temporaries(const std::filesystem::path& folder, const TemporaryNames& names);

}  // namespace iomux::posix
