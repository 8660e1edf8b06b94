#pragma once

#include <filesystem>

namespace iomux::compare {

/// A private temporary folder (mkdtemp(3)): other users can neither read nor write it. The destructor removes it with
/// all its contents.
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
