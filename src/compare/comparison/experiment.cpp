#include "compare/comparison/experiment.hpp"

namespace iomux::compare {

const ServerSummary& Point::of(const ServerResult& row) const {
    return summary.servers.at(static_cast<std::size_t>(&row - rows.data()));
}

const ServerResult* Point::baseline() const { return summary.baseline ? &rows.at(*summary.baseline) : nullptr; }

void summarise(Experiment& experiment, std::string_view baseline) {
    for (Point& point : experiment.points) point.summary = summarise_point(point.rows, baseline, experiment.cores);
}

}  // namespace iomux::compare
