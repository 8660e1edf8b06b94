#pragma once

#include <filesystem>

namespace iomux::compare {

/// A folder of our own among the system's temporary files, which others can neither read nor write (mkdtemp(3)). Goes
/// with this object, and all that is in it.
class TemporaryFolder {
public:
    /// Throws std::system_error.
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace iomux::compare
