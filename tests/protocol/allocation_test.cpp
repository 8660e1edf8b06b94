// In steady state a message allocates nothing, neither from the memory that sessions share nor from the heap.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "support.hpp"

namespace {

std::atomic<std::size_t> heap_allocations{0};

void* counted(std::size_t size) {
    ++heap_allocations;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}

void* counted(std::size_t size, std::align_val_t alignment) {
    ++heap_allocations;
    const auto unit = static_cast<std::size_t>(alignment);
    if (void* memory = std::aligned_alloc(unit, (size + unit - 1) / unit * unit)) return memory;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return counted(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return counted(size, alignment); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace iomux::protocol {
namespace {

class CountingMemory : public std::pmr::memory_resource {
public:
    std::size_t allocations = 0;

private:
    void* do_allocate(std::size_t size, std::size_t alignment) override {
        ++allocations;
        return std::pmr::new_delete_resource()->allocate(size, alignment);
    }
    void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override {
        std::pmr::new_delete_resource()->deallocate(memory, size, alignment);
    }
    bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

struct Load {
    const char* name;
    std::size_t size;       // bytes per message
    std::size_t read_size;  // bytes that the server reads at a time
};

using Case = std::tuple<Framing, Service, Load>;

std::string case_name(const testing::TestParamInfo<Case>& tested) {
    const auto& [framing, service, load] = tested.param;
    return std::string(name_of(framing)) + "_" + std::string(name_of(service)) + "_" + load.name;
}

class Allocation : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(
    Of, Allocation,
    testing::Combine(testing::Values(Framing::chunk, Framing::line, Framing::length),
                     testing::Values(Service::suffix, Service::echo, Service::discard),
                     testing::Values(Load{"small", 64, 64 * 1024}, Load{"large", 60 * 1024, 64 * 1024},
                                     Load{"small_split", 64, 7}, Load{"large_split", 60 * 1024, 10'000},
                                     Load{"held", 4000, 64 * 1024})),
    case_name);

TEST_P(Allocation, DoesNotHappenInSteadyState) {
    const Load& load = std::get<Load>(GetParam());
    const ProtocolConfig protocol{std::get<Framing>(GetParam()), std::get<Service>(GetParam())};
    CountingMemory upstream;
    std::pmr::unsynchronized_pool_resource pool({.max_blocks_per_chunk = 16, .largest_required_pool_block = 1 << 20},
                                                &upstream);
    Session session(protocol, &pool);
    // So small that some loads are held back.
    Replies replies(32 * 1024, &pool);

    constexpr unsigned messages_per_round = 10;
    std::string requests;
    for (unsigned i = 0; i < messages_per_round; ++i) {
        if (protocol.framing == Framing::length) requests += mark(load.size);
        requests += std::string(load.size, 'x');
        if (protocol.framing == Framing::line) requests += '\n';
    }
    std::size_t messages = 0;
    const auto round = [&] {
        Bytes left = as_bytes(requests);
        while (!left.empty()) {
            const std::size_t size = std::min(load.read_size, left.size());
            messages += session.receive(left.first(size), replies);
            left = left.subspan(size);
            replies.clear();
            while (session.holding()) {
                messages += session.resume(replies);
                replies.clear();
            }
        }
    };
    for (int i = 0; i < 4; ++i) round();

    const std::size_t messages_before = messages;
    const std::size_t pool_before = upstream.allocations;
    const std::size_t heap_before = heap_allocations;
    for (int i = 0; i < 4; ++i) round();
    EXPECT_EQ(upstream.allocations - pool_before, 0u);
    EXPECT_EQ(heap_allocations - heap_before, 0u);
    EXPECT_GE(messages - messages_before, protocol.framing == Framing::chunk ? 4u : 4u * messages_per_round);
}

// Shows that the counts above can differ from zero.
TEST(AllocationCount, SeesTheHeap) {
    const std::size_t before = heap_allocations;
    const std::vector<int> numbers(100);
    EXPECT_EQ(heap_allocations - before, 1u) << numbers.size();
}

}  // namespace
}  // namespace iomux::protocol
