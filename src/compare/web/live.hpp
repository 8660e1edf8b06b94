#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace iomux::compare::web {

/// Where a run is, made of its events (compare/results/events.hpp): what a page needs that begins to look in the middle
/// of it. As large as there are servers and rounds, however many events there were.
class Live {
public:
    void apply(const boost::json::object& event);

    /// `work`, `rounds`; `servers` with the medians of their rounds so far and their system calls; the `step` and the
    /// last `sample` of now, or null.
    /// Nothing goes on any more.
    void end();
    boost::json::object json() const;

private:
    using Figures = std::map<std::string_view, std::vector<double>>;  // by name, a number for each round that has it

    boost::json::object server_json(const boost::json::object& server) const;

    boost::json::value work_ = nullptr;
    boost::json::value rounds_ = nullptr;
    boost::json::array servers_;  // as they were announced
    std::map<std::string, Figures> figures_;
    std::map<std::string, std::string> failed_;
    std::map<std::string, boost::json::value> system_calls_;  // as they were told
    std::map<std::string, std::uint64_t> ended_;
    boost::json::value step_ = nullptr;
    boost::json::value sample_ = nullptr;
};

}  // namespace iomux::compare::web
