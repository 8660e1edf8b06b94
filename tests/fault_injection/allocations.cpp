// The language's allocations, and aligned_alloc(3), by which Asio makes room for its operations.
#include <algorithm>
#include <cstdlib>
#include <new>

#include "injection.hpp"

namespace {

using iomux::faults::Call;
using iomux::faults::suffers;

// What aligned_alloc(3) does, which is taken.
void* aligned(std::size_t alignment, std::size_t size) {
    void* memory = nullptr;
    return ::posix_memalign(&memory, std::max(alignment, alignof(void*)), size) == 0 ? memory : nullptr;
}

void* allocate(std::size_t size) {
    if (!suffers(Call::allocation))
        if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}

void* allocate(std::size_t size, std::align_val_t alignment) {
    const auto unit = static_cast<std::size_t>(alignment);
    // A pool's lists of its chunks (std::pmr): libstdc++ 12 catches that one cannot grow, and goes on as if it had.
    const bool is_spared = unit == alignof(void*);
    if (!is_spared && suffers(Call::allocation)) throw std::bad_alloc();
    if (void* memory = aligned(unit, (size + unit - 1) / unit * unit)) return memory;
    throw std::bad_alloc();
}

}  // namespace

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return suffers(Call::allocation) ? nullptr : aligned(alignment, size);
}

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return allocate(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return allocate(size, alignment); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
