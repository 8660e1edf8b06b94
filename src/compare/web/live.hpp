#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace iomux::compare::web {

/// The current state of a run, built from its events (compare/results/events.hpp), for pages that open in the middle of
/// the run. Its size depends on the number of servers and rounds, not on the number of events.
class Live {
public:
    void apply(const boost::json::object& event);

    /// The run is over: there is no current step or sample any more.
    void end();
    /// `work`, `rounds`, `servers` with the medians of their rounds so far and their system calls, and the current
    /// `step` and last `sample`, or null.
    boost::json::object json() const;

private:
    using Figures = std::map<std::string_view, std::vector<double>>;  // by name, one value per round that has it

    boost::json::object server_json(const boost::json::object& server) const;

    boost::json::value work_ = nullptr;
    boost::json::value rounds_ = nullptr;
    boost::json::array servers_;  // as in the `started` event
    std::map<std::string, Figures> figures_;
    std::map<std::string, std::string> failed_;
    std::map<std::string, boost::json::value> system_calls_;  // as in the `counted` events
    std::map<std::string, std::uint64_t> ended_;
    boost::json::value step_ = nullptr;
    boost::json::value sample_ = nullptr;
};

}  // namespace iomux::compare::web
