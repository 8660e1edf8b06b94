// Replaces the fuzzer: runs a target on the given files and on the files in the given folders.
#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>

#include "fuzzing.hpp"

namespace {

namespace fs = std::filesystem;

void replay(const fs::path& path) {
    fmt::print("{}\n", path.string());
    std::ifstream file(path, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
}

int replay_all(std::span<char*> paths) {
    int files = 0;
    for (const fs::path path : paths) {
        if (!fs::is_directory(path)) {
            replay(path);
            ++files;
            continue;
        }
        for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
            replay(entry.path());
            ++files;
        }
    }
    return files;
}

}  // namespace

int main(int argc, char** argv) {
    const int files = replay_all(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
    fmt::print("{} inputs\n", files);
    return files > 0 ? 0 : 1;
}
