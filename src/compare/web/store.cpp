#include "compare/web/store.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <tuple>

#include "cli/error_text.hpp"
#include "cli/input_file.hpp"
#include "cli/json_reader.hpp"
#include "cli/json_text.hpp"
#include "cli/printable.hpp"
#include "posix/error.hpp"

namespace iomux::compare::web {
namespace {

namespace fs = std::filesystem;
using boost::json::object;

constexpr std::string_view record_ending = ".run.json";
constexpr std::string_view results_ending = ".results.json";
constexpr const char* unfinished_beginning = ".";
constexpr const char* unfinished_ending = ".part";
constexpr mode_t for_the_user_alone = 0600;

// Nothing if there is no such file. Throws UnreadableFile.
std::optional<std::string> read_file(const fs::path& path, std::size_t longest) try {
    return cli::read_regular_file(path, longest);
} catch (const std::exception& error) {
    throw UnreadableFile(cli::error_text(error));
}

object parse_content(std::string_view text) try {
    const boost::json::value parsed = cli::parse_json(text);
    return cli::JsonReader(parsed).object();
} catch (const std::exception& error) {
    throw UnreadableFile(cli::error_text(error));
}

// A temporary file of a store: `.20261125T142015Z-5f0c9a1e.run.json.part`.
bool is_unfinished(std::string_view name) {
    if (!name.starts_with(unfinished_beginning) || !name.ends_with(unfinished_ending)) return false;
    name.remove_prefix(1);
    return is_id(name.substr(0, name.find('.')));
}

posix::UniqueFd open_for(const fs::path& path, int flags) {
    posix::UniqueFd file(::open(path.c_str(), flags | O_CLOEXEC, for_the_user_alone));
    if (!file) posix::throw_errno("cannot open " + cli::printable(path.native()));
    return file;
}

void write_all(int fd, std::string_view content, const fs::path& path) {
    while (!content.empty()) {
        const ssize_t written = posix::uninterrupted([&] { return ::write(fd, content.data(), content.size()); });
        if (written < 0) posix::throw_errno("cannot write " + cli::printable(path.native()));
        content.remove_prefix(static_cast<std::size_t>(written));
    }
}

// `tried`: what failed, if it is not the folder itself: `cannot create a file there: `.
[[noreturn]] void refuse_folder(const fs::path& folder, const std::error_code& error, std::string_view tried = "") {
    throw std::runtime_error(fmt::format("cannot store results in {}: {}{}; choose another folder with --results",
                                         cli::printable(folder.native()), tried, error.message()));
}

std::vector<std::string> names_in(const fs::path& folder) {
    std::error_code error;
    std::vector<std::string> names;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error))
        names.push_back(entry->path().filename());
    if (error) refuse_folder(folder, error);
    return names;
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
    lock_.reset(::open((folder_ / ".lock").c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                       for_the_user_alone));
    if (!lock_) refuse_folder(folder_, posix::error_of(errno), "cannot create a file there: ");
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) < 0)
        throw std::runtime_error(
            fmt::format("cannot use {}: another service uses it; choose another folder with --results",
                        cli::printable(folder_.native())));
    for (const std::string& name : names_in(folder_))
        if (is_unfinished(name)) ::unlink((folder_ / name).c_str());  // what is not a file stays
}

StoredRecord Store::read_record(const std::string& name) const {
    StoredRecord record{.name = cli::printable(name), .id = name.substr(0, name.size() - record_ending.size())};
    try {
        if (!is_id(record.id)) {
            record.id.clear();
            throw UnreadableFile("its name has no ID of a run");
        }
        const std::optional<std::string> text = read_file(folder_ / name, longest_record);
        if (!text) throw UnreadableFile("it has been removed");
        record.content = parse_content(*text);
    } catch (const UnreadableFile& error) {
        record.fault = error.what();
    }
    return record;
}

std::vector<StoredRecord> Store::records() const {
    // Sorted by the second in the id, then by last write: a queued run is written only once, when it is added.
    std::vector<std::tuple<std::string, fs::file_time_type, std::string>> files;
    for (const std::string& name : names_in(folder_)) {
        if (!name.ends_with(record_ending)) continue;
        const bool has_id = is_id(name.substr(0, name.size() - record_ending.size()));
        std::error_code unknown;
        const fs::file_time_type written = fs::last_write_time(folder_ / name, unknown);
        files.emplace_back(has_id ? name.substr(0, name.find('-')) : "", written, name);
    }
    std::ranges::sort(files);
    std::vector<StoredRecord> records;
    for (const auto& [second, written, name] : files) records.push_back(read_record(name));
    return records;
}

bool Store::has_results(const std::string& id) const { return size_of_results(id).has_value(); }

std::optional<std::uintmax_t> Store::size_of_results(const std::string& id) const {
    struct stat status {};
    if (!is_id(id) || ::lstat((folder_ / (id + std::string(results_ending))).c_str(), &status) != 0 ||
        !S_ISREG(status.st_mode))
        return std::nullopt;
    return static_cast<std::uintmax_t>(status.st_size);
}

void Store::keep_record(const std::string& id, const boost::json::object& record) const {
    write(id + std::string(record_ending), cli::json_text(record) + "\n");
}

void Store::keep_results(const std::string& id, std::string_view json) const {
    write(id + std::string(results_ending), json);
}

std::optional<std::string> Store::results(const std::string& id) const {
    if (!is_id(id)) return std::nullopt;
    return read_file(folder_ / (id + std::string(results_ending)), longest_results);
}

fs::path Store::file_of_results(const std::string& id) const { return folder_ / (id + std::string(results_ending)); }

void Store::remove(const std::string& id) const {
    // Both or none.
    if (fs::is_directory(fs::symlink_status(folder_ / (id + std::string(record_ending)))))
        posix::throw_errno("cannot remove " + id + std::string(record_ending), EISDIR);
    for (const std::string_view ending : {results_ending, record_ending}) {
        const std::string name = id + std::string(ending);
        if (::unlink((folder_ / name).c_str()) != 0 && errno != ENOENT) posix::throw_errno("cannot remove " + name);
    }
}

// Writes the file completely and syncs it, renames it, then syncs the folder.
void Store::write(const std::string& name, std::string_view content) const {
    const fs::path unfinished = folder_ / (unfinished_beginning + name + unfinished_ending);
    try {
        ::unlink(unfinished.c_str());
        const posix::UniqueFd file = open_for(unfinished, O_WRONLY | O_CREAT | O_EXCL);
        write_all(file.get(), content, unfinished);
        posix::check(::fsync(file.get()), "cannot write " + cli::printable(unfinished.native()));
        posix::check(::rename(unfinished.c_str(), (folder_ / name).c_str()),
                     "cannot write " + cli::printable((folder_ / name).native()));
    } catch (...) {
        std::error_code ignored;
        fs::remove(unfinished, ignored);  // on a full disk it would occupy space
        throw;
    }
    posix::check(::fsync(open_for(folder_, O_RDONLY | O_DIRECTORY).get()),
                 "cannot write " + cli::printable(folder_.native()));
}

}  // namespace iomux::compare::web
