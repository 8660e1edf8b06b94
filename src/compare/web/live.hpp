#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace iomux::compare::web {

/// The current state of a run, built from its events (compare/results/events.hpp), for pages that open in the middle of
/// the run. Its size depends on the number of servers and rounds, not on the number of events or sessions.
class Live {
public:
    void apply(const boost::json::object& event);

    /// The run is over: there is no current step or figure any more.
    void end();
    /// - `work`, `rounds` and `window_seconds`;
    /// - `sessions`: how many are complete; null if it measures in windows;
    /// - `scenario`: null, or what its `started` event says, and for each of its `points` also the number of
    /// `sessions`, the `baseline`, the `verdict` and the `servers` with their figures so far;
    /// - `point`: the current one of them, from 1, which all other members are about; null without a scenario;
    /// - `verdict`: the statement on the sessions so far; null before it is known, and in windows;
    /// - `baseline`: of the ratios; null before the first session has ended;
    /// - `servers` with their figures so far, their ratios and their system calls;
    /// - `seconds`: the most that were left at a step;
    /// - the current `step`, and the newest figures for charts: `sample` of a window, `slices` and `latest` of a
    /// session;
    ///   each may be null.
    boost::json::object json() const;

private:
    struct Server {
        boost::json::object started;                             // as in the `started` event
        std::map<std::string_view, std::vector<double>> rounds;  // by figure, one value per round that has it
        boost::json::object so_far;                              // figures and ratio of the last `session` event
        std::uint64_t ended = 0;                                 // rounds or sessions
        boost::json::value failed = nullptr;
        boost::json::value system_calls = nullptr;  // as in the `counted` event

        boost::json::object json() const;
    };

    Server& server_of(const boost::json::object& event);
    void apply_round(const boost::json::object& event);
    void apply_session(const boost::json::object& event);
    void turn_to_point(std::uint64_t number);
    boost::json::object& current_point();

    boost::json::value work_ = nullptr;
    boost::json::value rounds_ = nullptr;
    boost::json::value window_seconds_ = nullptr;
    boost::json::value sessions_ = nullptr;
    boost::json::value baseline_ = nullptr;
    boost::json::value verdict_ = nullptr;
    boost::json::value scenario_ = nullptr;
    boost::json::value point_ = nullptr;
    std::vector<std::string> titles_;
    std::map<std::string, Server> servers_;
    std::int64_t seconds_ = 0;
    boost::json::value step_ = nullptr;
    boost::json::value sample_ = nullptr;
    boost::json::value slices_ = nullptr;
    boost::json::value latest_ = nullptr;
};

}  // namespace iomux::compare::web
