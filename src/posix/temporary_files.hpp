#pragma once

#include <filesystem>
#include <string_view>

namespace iomux::posix {

/// What some temporary files or folders are, and how their names are formed: between prefix and suffix are `varying`
/// characters.
struct TemporaryNames {
    enum class Type { file, folder };
    Type type;
    std::string_view prefix;
    std::size_t varying;
    std::string_view suffix = {};
};

/// Marks a temporary file or folder as in use until `fd` is closed, also by the end of the process (flock(2)). Returns
/// false if another process has taken it for stale; it may remove it, so another one must then be created.
bool keep_temporary(int fd, const std::filesystem::path& path);

/// Removes the temporary files or folders that a process left in `folder` when it was killed. What another user owns,
/// what is in use, what is of another type, and a folder that others may enter (mkdtemp(3) creates none) stays. Errors
/// are ignored.
void remove_stale_temporaries(const std::filesystem::path& folder, const TemporaryNames& names);

}  // namespace iomux::posix
