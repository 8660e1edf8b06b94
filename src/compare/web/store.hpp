#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>
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

/// A folder of runs: their requests and states (ID.run.json) and their results (ID.results.json, as --json writes
/// them). Files are written atomically, even if the power fails.
class Store {
public:
    /// Creates the folder if it is missing, and removes temporary files that an interrupted service has left. Throws
    /// std::system_error, or std::runtime_error if another service uses the folder.
    explicit Store(std::filesystem::path folder);

    /// All readable records, oldest first.
    std::vector<boost::json::object> records() const;
    /// Both throw std::system_error.
    void keep_record(const std::string& id, const boost::json::object& record) const;
    void keep_results(const std::string& id, std::string_view json) const;
    /// The results as they were written; nothing if there are none of that id.
    std::optional<std::string> results(const std::string& id) const;
    bool has_results(const std::string& id) const;

private:
    void write(const std::string& name, std::string_view content) const;

    std::filesystem::path folder_;
    posix::UniqueFd lock_;
};

}  // namespace iomux::compare::web
