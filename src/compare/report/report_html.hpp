#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace iomux::compare {

/// The results (`iomux-results`, version 2) as one HTML page, which loads nothing: charts, tables and the servers' code
/// side by side. The page draws the JSON that is in it under the id `results`, a shorter form of the results. Numbers
/// are rounded to five digits and nulls are left out. Instead of its rounds, a server has their number, `"round_count":
/// 10`, and if they are sessions the number of slices in one, `"slice_count": 10`. If it lost datagrams, it has
/// `"lost_datagrams": {"sent": 34567, "lost": 12}`. In scenarios about latency it has `"latency_at_share_us": [[10,
/// 71.2], [100, 98]]`: 1 in 10 messages took 71.2 µs or longer, 1 in 100 took 98 µs or longer. `service_path`: where
/// the service that sends the page shows the run, for a link back; empty in a file. Throws std::runtime_error if the
/// results have another form.
std::string html_report(const boost::json::object& results, std::string_view service_path = {});

/// An explanation (`iomux-explanation`) as one HTML page, which loads nothing: what each part of a message's cost adds,
/// the stacks of functions, and the servers' code. Numbers are rounded to five digits and nulls are left out.
std::string html_explanation(boost::json::object explanation);

}  // namespace iomux::compare
