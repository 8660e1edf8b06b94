#include "compare/comparison/figure.hpp"

namespace iomux::compare {

std::string_view name_of(Figure figure) {
    switch (figure) {
        case Figure::cpu: return "cpu_us_per_message";
        case Figure::rate: return "messages_per_second";
        case Figure::p50: return "latency_us_p50";
        case Figure::p99: return "latency_us_p99";
        case Figure::p99_9: return "latency_us_p99_9";
        case Figure::idle_memory: return "idle_connection_bytes";
        case Figure::system_calls: return "system_calls_per_message";
    }
    return "";
}

}  // namespace iomux::compare
