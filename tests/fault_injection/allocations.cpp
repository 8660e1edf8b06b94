// Replaces operator new, and aligned_alloc(3), with which Asio allocates its operations.
#include <algorithm>
#include <cstdlib>
#include <new>

#include "injection.hpp"

namespace {

using iomux::faults::Call;
using iomux::faults::is_to_fail;

// The same as aligned_alloc(3), which is replaced below.
void* aligned(std::size_t alignment, std::size_t size) {
    void* memory = nullptr;
    return ::posix_memalign(&memory, std::max(alignment, alignof(void*)), size) == 0 ? memory : nullptr;
}

void* allocate(std::size_t size) {
    if (!is_to_fail(Call::allocation))
        if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}

void* allocate(std::size_t size, std::align_val_t alignment) {
    const auto unit = static_cast<std::size_t>(alignment);
    // A std::pmr pool's list of its chunks. libstdc++ 12 catches the exception if the list cannot grow, and continues
    // as if it had grown.
    const bool is_spared = unit == alignof(void*);
    if (!is_spared && is_to_fail(Call::allocation)) throw std::bad_alloc();
    if (void* memory = aligned(unit, (size + unit - 1) / unit * unit)) return memory;
    throw std::bad_alloc();
}

}  // namespace

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return is_to_fail(Call::allocation) ? nullptr : aligned(alignment, size);
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
