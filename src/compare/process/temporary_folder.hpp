#pragma once

#include <filesystem>

#include "posix/unique_fd.hpp"

namespace iomux::compare {

/// A private temporary folder (mkdtemp(3)): other users can neither read nor write it. The destructor removes it with
/// all its contents. If the process is killed, the next one that needs such a folder removes it.
class TemporaryFolder {
public:
    /// In the folder that TMPDIR names, or in /tmp. Throws std::runtime_error.
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    /// A path of the length and the form of those that the constructor creates.
    static std::filesystem::path example();
    /// Removes the folders of killed processes of this user.
    static void remove_stale_folders();

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    posix::UniqueFd in_use_;
};

}  // namespace iomux::compare
