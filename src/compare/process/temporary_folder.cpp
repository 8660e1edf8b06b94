#include "compare/process/temporary_folder.hpp"

#include <cstdlib>
#include <string>

#include "posix/error.hpp"

namespace iomux::compare {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
    std::string path = fs::temp_directory_path() / "iomux-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) posix::throw_errno("cannot create a temporary folder " + path);
    path_ = path;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;  // a destructor has no way to report it
    fs::remove_all(path_, ignored);
}

}  // namespace iomux::compare
