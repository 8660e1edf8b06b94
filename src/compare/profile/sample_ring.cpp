#include "compare/profile/sample_ring.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include "posix/error.hpp"

namespace iomux::compare {
namespace {

// It holds over half a second of samples: each has a piece of the stack, and usually less than a quarter as much again.
constexpr std::size_t usual_data_bytes = std::size_t{2} * 1024 * 1024;
// As much as an unprivileged user may lock for each core (perf_event_mlock_kb is 516).
constexpr std::size_t least_data_bytes = std::size_t{512} * 1024;

std::size_t page_bytes() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

// Reads values one after the other.
class Reader {
public:
    explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    template <class Value>
    Value next() {
        Value value;
        std::memcpy(&value, next(sizeof value).data(), sizeof value);
        return value;
    }

    std::span<const std::byte> next(std::size_t size) {
        if (bytes_.size() < size) throw std::runtime_error("the kernel wrote a sample that is too short");
        const std::span<const std::byte> first = bytes_.first(size);
        bytes_ = bytes_.subspan(size);
        return first;
    }

private:
    std::span<const std::byte> bytes_;
};

// The chain has a marker before the addresses of each kind.
void read_call_chain(Reader& reader, StackSample& sample) {
    std::vector<std::uint64_t>* frames = nullptr;
    for (auto left = reader.next<std::uint64_t>(); left > 0; --left) {
        const auto address = reader.next<std::uint64_t>();
        if (address == static_cast<std::uint64_t>(PERF_CONTEXT_KERNEL))
            frames = &sample.kernel;
        else if (address == static_cast<std::uint64_t>(PERF_CONTEXT_USER))
            frames = &sample.user;
        else if (address >= static_cast<std::uint64_t>(PERF_CONTEXT_MAX))
            frames = nullptr;  // of a virtual machine's guest, or a hypervisor
        else if (frames != nullptr)
            frames->push_back(address);
    }
}

// A thread of the kernel has none.
void read_registers(Reader& reader, SampledRegisters& registers) {
    if (reader.next<std::uint64_t>() == PERF_SAMPLE_REGS_ABI_NONE) return;
#if defined(__x86_64__)
    registers.frame_pointer = reader.next<std::uint64_t>();
    registers.stack_pointer = reader.next<std::uint64_t>();
#elif defined(__aarch64__)
    registers.frame_pointer = reader.next<std::uint64_t>();
    registers.link = reader.next<std::uint64_t>();
    registers.stack_pointer = reader.next<std::uint64_t>();
#endif
}

// The kernel reserves room for a piece, and then says how much of it is filled.
void read_stack(Reader& reader, std::vector<std::byte>& stack) {
    const auto reserved = reader.next<std::uint64_t>();
    if (reserved == 0) return;
    const std::span<const std::byte> piece = reader.next(reserved);
    const auto filled = reader.next<std::uint64_t>();
    if (filled > reserved) throw std::runtime_error("the kernel wrote a sample with an impossible piece of the stack");
    stack.assign(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(filled));
}

StackSample read_sample(Reader reader) {
    StackSample sample;
    sample.process = static_cast<pid_t>(reader.next<std::uint32_t>());
    sample.thread = static_cast<pid_t>(reader.next<std::uint32_t>());
    sample.time = posix::Clock::time_point(
        std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(reader.next<std::uint64_t>())));
    read_call_chain(reader, sample);
    if constexpr (sampled_registers != 0) {
        read_registers(reader, sample.registers);
        read_stack(reader, sample.stack);
    }
    return sample;
}

std::uint64_t read_lost(Reader reader) {
    static_cast<void>(reader.next<std::uint64_t>());  // the ID of the event
    return reader.next<std::uint64_t>();
}

}  // namespace

void parse_records(std::span<const std::byte> records, SampleBatch& batch) {
    while (!records.empty()) {
        const auto header = Reader(records).next<perf_event_header>();
        if (header.size < sizeof header || header.size > records.size())
            throw std::runtime_error("the kernel wrote a record of an impossible size");
        const Reader body(records.subspan(sizeof header, header.size - sizeof header));
        switch (header.type) {
            case PERF_RECORD_SAMPLE: batch.samples.push_back(read_sample(body)); break;
            case PERF_RECORD_LOST: batch.lost += read_lost(body); break;
            case PERF_RECORD_THROTTLE: ++batch.throttled; break;
            default: break;
        }
        records = records.subspan(header.size);
    }
}

SampleRing::SampleRing(int event) {
    for (data_bytes_ = usual_data_bytes;; data_bytes_ = least_data_bytes) {
        void* const mapped = ::mmap(nullptr, page_bytes() + data_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, event, 0);
        page_ = static_cast<perf_event_mmap_page*>(mapped);
        if (mapped != MAP_FAILED) return;
        if (data_bytes_ == least_data_bytes) posix::throw_errno("cannot map the buffer for samples");
    }
}

SampleRing::~SampleRing() { ::munmap(page_, page_bytes() + data_bytes_); }

void SampleRing::take(SampleBatch& batch) {
    const std::uint64_t head = std::atomic_ref(page_->data_head).load(std::memory_order_acquire);
    const std::uint64_t tail = page_->data_tail;
    const auto* const data = reinterpret_cast<const std::byte*>(page_) + page_bytes();
    // A record may continue at the beginning of the buffer.
    std::vector<std::byte> records(head - tail);
    const std::size_t begin = tail % data_bytes_;
    const std::size_t before_end = std::min(records.size(), data_bytes_ - begin);
    std::copy_n(data + begin, before_end, records.begin());
    std::copy_n(data, records.size() - before_end, records.begin() + static_cast<std::ptrdiff_t>(before_end));
    std::atomic_ref(page_->data_tail).store(head, std::memory_order_release);
    parse_records(records, batch);
}

}  // namespace iomux::compare
