#include "compare/web/store.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <tuple>

#include "posix/error.hpp"

namespace iomux::compare::web {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view record_ending = ".run.json";
constexpr std::string_view results_ending = ".results.json";
constexpr const char* unfinished_beginning = ".";
constexpr const char* unfinished_ending = ".part";
constexpr mode_t for_the_user_alone = 0600;

std::optional<std::string> read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

// A temporary file of a store: `.20261125T142015Z-5f0c9a1e.run.json.part`.
bool is_unfinished(std::string_view name) {
    if (!name.starts_with(unfinished_beginning) || !name.ends_with(unfinished_ending)) return false;
    name.remove_prefix(1);
    return is_id(name.substr(0, name.find('.')));
}

posix::UniqueFd open_for(const fs::path& path, int flags) {
    posix::UniqueFd file(::open(path.c_str(), flags | O_CLOEXEC, for_the_user_alone));
    if (!file) posix::throw_errno("cannot open " + path.string());
    return file;
}

void write_all(int fd, std::string_view content, const fs::path& path) {
    while (!content.empty()) {
        const ssize_t written = posix::uninterrupted([&] { return ::write(fd, content.data(), content.size()); });
        if (written < 0) posix::throw_errno("cannot write " + path.string());
        content.remove_prefix(static_cast<std::size_t>(written));
    }
}

[[noreturn]] void refuse_folder(const fs::path& folder, const std::error_code& error) {
    throw std::runtime_error(fmt::format("cannot store results in {}: {}; choose another folder with --results",
                                         folder.string(), error.message()));
}

std::optional<std::string> environment(const char* name) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value != '/') return std::nullopt;
    return value;
}

}  // namespace

fs::path usual_results_folder() {
    if (const auto state = environment("XDG_STATE_HOME")) return fs::path(*state) / "iomux";
    if (const auto home = environment("HOME")) return fs::path(*home) / ".local/state/iomux";
    throw std::runtime_error("cannot choose a folder for results: HOME is not set; use --results DIR");
}

std::string make_id() {
    std::uint32_t random = 0;
    if (::getrandom(&random, sizeof random, 0) != sizeof random) posix::throw_errno("cannot make an id: getrandom");
    return fmt::format("{:%Y%m%dT%H%M%SZ}-{:08x}", fmt::gmtime(std::time(nullptr)), random);
}

bool is_id(std::string_view text) {
    constexpr std::string_view shape = "00000000T000000Z-ffffffff";
    if (text.size() != shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        const bool fits = shape[i] == '0'   ? is_digit
                          : shape[i] == 'f' ? is_digit || (text[i] >= 'a' && text[i] <= 'f')
                                            : text[i] == shape[i];
        if (!fits) return false;
    }
    return true;
}

Store::Store(fs::path folder) : folder_(std::move(folder)) {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) refuse_folder(folder_, error);
    lock_.reset(::open((folder_ / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, for_the_user_alone));
    if (!lock_) refuse_folder(folder_, posix::error_of(errno));
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) < 0)
        throw std::runtime_error(fmt::format(
            "cannot use {}: another service uses it; choose another folder with --results", folder_.string()));
    std::vector<fs::path> unfinished;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_))
        if (is_unfinished(entry.path().filename().string())) unfinished.push_back(entry.path());
    for (const fs::path& file : unfinished) fs::remove(file);
}

std::vector<boost::json::object> Store::records() const {
    // Sorted by the second in the id, then by last write: a queued run is written only once, when it is added.
    std::vector<std::tuple<std::string, fs::file_time_type, fs::path>> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
        const std::string name = entry.path().filename();
        if (name.ends_with(record_ending) && is_id(name.substr(0, name.size() - record_ending.size())))
            files.emplace_back(name.substr(0, name.find('-')), entry.last_write_time(), entry.path());
    }
    std::ranges::sort(files);
    std::vector<boost::json::object> records;
    for (const auto& [second, written, file] : files) {
        boost::system::error_code error;
        boost::json::value record = boost::json::parse(read_file(file).value_or(""), error);
        if (!error && record.is_object()) records.push_back(std::move(record.as_object()));
    }
    return records;
}

bool Store::has_results(const std::string& id) const {
    return is_id(id) && fs::exists(folder_ / (id + std::string(results_ending)));
}

void Store::keep_record(const std::string& id, const boost::json::object& record) const {
    write(id + std::string(record_ending), boost::json::serialize(record) + "\n");
}

void Store::keep_results(const std::string& id, std::string_view json) const {
    write(id + std::string(results_ending), json);
}

std::optional<std::string> Store::results(const std::string& id) const {
    if (!is_id(id)) return std::nullopt;
    return read_file(folder_ / (id + std::string(results_ending)));
}

// Writes the file completely and syncs it, renames it, then syncs the folder.
void Store::write(const std::string& name, std::string_view content) const {
    const fs::path unfinished = folder_ / (unfinished_beginning + name + unfinished_ending);
    try {
        const posix::UniqueFd file = open_for(unfinished, O_WRONLY | O_CREAT | O_TRUNC);
        write_all(file.get(), content, unfinished);
        posix::check(::fsync(file.get()), "cannot write " + unfinished.string());
        fs::rename(unfinished, folder_ / name);
    } catch (...) {
        std::error_code ignored;
        fs::remove(unfinished, ignored);  // on a full disk it would occupy space
        throw;
    }
    posix::check(::fsync(open_for(folder_, O_RDONLY | O_DIRECTORY).get()), "cannot write " + folder_.string());
}

}  // namespace iomux::compare::web
