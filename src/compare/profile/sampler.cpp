#include "compare/profile/sampler.hpp"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <fstream>
#include <stdexcept>

#include "posix/error.hpp"

namespace iomux::compare {
namespace {

posix::UniqueFd open_event(int core) {
    perf_event_attr what{};
    what.size = sizeof what;
    what.type = PERF_TYPE_SOFTWARE;
    what.config = PERF_COUNT_SW_CPU_CLOCK;
    what.freq = 1;
    what.sample_freq = samples_per_second;
    what.sample_type = sample_layout;
    what.sample_regs_user = sampled_registers;
    what.sample_stack_user = sampled_registers != 0 ? sampled_stack_bytes : 0;
    what.disabled = 1;
    what.exclude_idle = 1;
    what.use_clockid = 1;
    what.clockid = CLOCK_MONOTONIC;
    constexpr pid_t every_process = -1;
    constexpr int no_group = -1;
    return posix::UniqueFd(
        static_cast<int>(::syscall(SYS_perf_event_open, &what, every_process, core, no_group, PERF_FLAG_FD_CLOEXEC)));
}

std::optional<int> kernel_setting(const std::string& name) {
    std::ifstream file("/proc/sys/kernel/" + name);
    int value = 0;
    return file >> value ? std::optional(value) : std::nullopt;
}

std::string text_of(const std::optional<int>& setting) { return setting ? std::to_string(*setting) : "unknown"; }

// With the settings that also show the addresses of kernel functions.
std::string way_to_permission() {
    const std::optional<int> paranoid = kernel_setting("perf_event_paranoid");
    if (paranoid && *paranoid <= 0) return "a sandbox forbids the call: permit it (seccomp)";
    const std::string settings =
        fmt::format("set kernel.perf_event_paranoid=0 and kernel.kptr_restrict=0 (sysctl; they are {} and {})",
                    text_of(paranoid), text_of(kernel_setting("kptr_restrict")));
    if (::geteuid() != 0) return "run as root, or " + settings;
    return "root has no CAP_PERFMON here: give it to this program, such as by docker run --cap-add PERFMON, or " +
           settings;
}

[[noreturn]] void throw_refused(int number) {
    const bool forbidden = number == EACCES || number == EPERM;
    throw std::runtime_error(fmt::format(
        "cannot sample the servers (perf_event_open): {}: {}", posix::error_of(number).message(),
        forbidden ? way_to_permission() : "the kernel needs CONFIG_PERF_EVENTS, and a sandbox must permit the call"));
}

}  // namespace

Sampler::Sampler(const std::vector<int>& cores) {
    for (const int core : cores) {
        posix::UniqueFd event = open_event(core);
        if (!event) throw_refused(errno);
        auto ring = std::make_unique<SampleRing>(event.get());
        cores_.push_back({std::move(event), std::move(ring)});
    }
    resume();
}

void Sampler::resume() {
    for (const Core& core : cores_)
        posix::check(::ioctl(core.event.get(), PERF_EVENT_IOC_ENABLE, 0), "cannot start sampling");
}

void Sampler::pause() {
    for (const Core& core : cores_)
        posix::check(::ioctl(core.event.get(), PERF_EVENT_IOC_DISABLE, 0), "cannot stop sampling");
}

SampleBatch Sampler::take() {
    SampleBatch batch;
    for (const Core& core : cores_) core.ring->take(batch);
    return batch;
}

std::optional<std::string> reason_against_sampling(const std::vector<int>& cores) try {
    Sampler sampler(cores);
    return std::nullopt;
} catch (const std::runtime_error& error) {
    return error.what();
}

}  // namespace iomux::compare
