#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "posix/error.hpp"

namespace iomux::conformance {

/// An empty directory. The destructor removes it and everything in it.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string pattern = std::filesystem::temp_directory_path() / "iomux-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) posix::throw_errno("cannot make a temporary directory");
        path_ = pattern;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;  // it is only a temporary directory
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    std::string file(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

}  // namespace iomux::conformance
