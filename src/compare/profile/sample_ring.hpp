#pragma once

#include <linux/perf_event.h>
#if defined(__x86_64__) || defined(__aarch64__)
#include <asm/perf_regs.h>
#endif

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "compare/profile/stack_sample.hpp"

namespace iomux::compare {

/// The registers in a sample, as bits. The kernel writes them in the order of the bits. None: the stack of this
/// architecture is not understood here.
#if defined(__x86_64__)
inline constexpr std::uint64_t sampled_registers = 1U << PERF_REG_X86_BP | 1U << PERF_REG_X86_SP;
#elif defined(__aarch64__)
inline constexpr std::uint64_t sampled_registers =
    1U << PERF_REG_ARM64_X29 | 1U << PERF_REG_ARM64_LR | 1U << PERF_REG_ARM64_SP;
#else
inline constexpr std::uint64_t sampled_registers = 0;
#endif

/// What each sample contains, in this order (perf_event_open(2)). The kernel samples no stack without registers.
inline constexpr std::uint64_t sample_layout =
    PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CALLCHAIN |
    (sampled_registers != 0 ? PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER : 0);

/// The piece of the stack in a sample. It has the frames of a system call's wrapper and of most functions that call it.
inline constexpr std::uint32_t sampled_stack_bytes = 2048;

/// The samples of one core.
struct SampleBatch {
    std::vector<StackSample> samples;
    /// Samples that the kernel could not store because the buffer was full.
    std::uint64_t lost = 0;
    /// How often the kernel paused the sampling because it took too much time.
    std::uint64_t throttled = 0;
};

/// Adds the records of a ring buffer to the batch. Other records than samples are skipped. Throws std::runtime_error if
/// a record is malformed.
void parse_records(std::span<const std::byte> records, SampleBatch& batch);

/// The ring buffer that the kernel fills for one event.
class SampleRing {
public:
    /// Maps the buffer of the event. Throws std::system_error.
    explicit SampleRing(int event);
    ~SampleRing();
    SampleRing(const SampleRing&) = delete;
    SampleRing& operator=(const SampleRing&) = delete;

    /// Takes all records that are in the buffer.
    void take(SampleBatch& batch);

private:
    perf_event_mmap_page* page_;
    std::size_t data_bytes_;
};

}  // namespace iomux::compare
