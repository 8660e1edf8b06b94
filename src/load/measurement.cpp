#include "load/measurement.hpp"

#include <sys/resource.h>

#include "posix/error.hpp"

namespace iomux::load {
namespace {

using namespace std::chrono;

nanoseconds cpu_time() {
    rusage usage{};
    posix::check(::getrusage(RUSAGE_SELF, &usage), "getrusage");
    const auto in_nanoseconds = [](const timeval& time) { return seconds(time.tv_sec) + microseconds(time.tv_usec); };
    return in_nanoseconds(usage.ru_utime) + in_nanoseconds(usage.ru_stime);
}

}  // namespace

Measurement::Measurement(const WindowMarks& marks) : marks_(marks) {
    marks_.begins();
    cpu_before_ = cpu_time();
    begin_ = posix::Clock::now();
}

void Measurement::end(Window& counted) const {
    counted.length = posix::Clock::now() - begin_;
    counted.cpu = cpu_time() - cpu_before_;
    marks_.ends();
}

}  // namespace iomux::load
