#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "posix/unique_fd.hpp"

namespace iomux::compare::web {

/// $XDG_STATE_HOME/iomux, or ~/.local/state/iomux. Throws std::runtime_error if neither variable is set.
std::filesystem::path usual_results_folder();

/// `20261125T142015Z-5f0c9a1e`: the time, and a random number.
std::string make_id();
/// Whether the text has the form of an id. Only such texts become part of a file name.
bool is_id(std::string_view text);

/// Limits of the files that are read. That of results is also the limit of a line of a run's process.
inline constexpr std::size_t longest_record = 1024 * 1024;
inline constexpr std::size_t longest_results = 64 * 1024 * 1024;

/// A file of the store that cannot be read; the text says why.
struct UnreadableFile : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A file ID.run.json.
struct StoredRecord {
    std::string name;  ///< Of the file; bytes that are not printable ASCII are escaped.
    std::string id;    ///< Empty if the name has none.
    std::optional<boost::json::object> content = {};
    std::string fault = {};  ///< Why it has no content.
};

/// A folder of runs: their requests and states (ID.run.json) and their results (ID.results.json, as --json writes
/// them). Files are written atomically, even if the power fails. Several threads may use it.
class Store {
public:
    /// Creates the folder if it is missing, and removes temporary files that an interrupted service has left. Throws
    /// std::system_error, or std::runtime_error if another service uses the folder.
    explicit Store(std::filesystem::path folder);

    /// All records, oldest first. Only regular files are opened, so that none is waited for.
    std::vector<StoredRecord> records() const;
    /// Both throw std::system_error.
    void keep_record(const std::string& id, const boost::json::object& record) const;
    void keep_results(const std::string& id, std::string_view json) const;
    /// Removes record and results. Throws std::system_error.
    void remove(const std::string& id) const;
    /// The results as they were written; nothing if there are none of that id. Throws UnreadableFile.
    std::optional<std::string> results(const std::string& id) const;
    /// Whether there is a regular file of that id, and its size.
    bool has_results(const std::string& id) const;
    /// Their path, whether they exist or not.
    std::filesystem::path file_of_results(const std::string& id) const;
    std::optional<std::uintmax_t> size_of_results(const std::string& id) const;

private:
    void write(const std::string& name, std::string_view content) const;
    StoredRecord read_record(const std::string& name) const;

    std::filesystem::path folder_;
    posix::UniqueFd lock_;
};

}  // namespace iomux::compare::web
