#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "posix/unique_fd.hpp"

namespace iomux::compare::web {

/// $XDG_STATE_HOME/iomux, or ~/.local/state/iomux. Throws std::runtime_error where neither is known.
std::filesystem::path usual_results_folder();

/// `20261125T142015Z-5f0c9a1e`: when, and what tells it from others of that second.
std::string make_id();
/// Whether a text may be one: nothing else becomes part of a file's name.
bool is_id(std::string_view text);

/// A folder of runs: what was asked and what became of it (ID.run.json), and the results (ID.results.json, as --json
/// writes them). A file is there whole or not at all, a loss of power included.
class Store {
public:
    /// Makes the folder where it is missing, and removes what a service that was cut off has left unfinished. Throws
    /// std::system_error, and std::runtime_error where another service has it.
    explicit Store(std::filesystem::path folder);

    /// Those that can be read, the oldest first.
    std::vector<boost::json::object> records() const;
    /// Both throw std::system_error.
    void keep_record(const std::string& id, const boost::json::object& record) const;
    void keep_results(const std::string& id, std::string_view json) const;
    /// The results as they were written; nothing where there are none of that id.
    std::optional<std::string> results(const std::string& id) const;
    bool has_results(const std::string& id) const;

private:
    void write(const std::string& name, std::string_view content) const;

    std::filesystem::path folder_;
    posix::UniqueFd lock_;
};

}  // namespace iomux::compare::web
