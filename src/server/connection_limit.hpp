#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace iomux::server {

/// Limits how many connections are served at once, by all loops that serve one port together. Thread-safe.
class ConnectionLimit {
public:
    explicit ConnectionLimit(std::size_t most) : most_(most) {}

    bool take() {
        if (taken_.fetch_add(1, std::memory_order_relaxed) < most_) return true;
        give_back();
        return false;
    }
    void give_back() { taken_.fetch_sub(1, std::memory_order_relaxed); }

private:
    const std::size_t most_;
    std::atomic<std::size_t> taken_ = 0;
};

/// A connection's slot within the limit, given back by the destructor. Empty if the limit was reached.
class ConnectionSlot {
public:
    ConnectionSlot() = default;
    /// `limit` outlives the slot.
    explicit ConnectionSlot(ConnectionLimit& limit) : limit_(limit.take() ? &limit : nullptr) {}
    ConnectionSlot(ConnectionSlot&& other) noexcept : limit_(std::exchange(other.limit_, nullptr)) {}
    ConnectionSlot& operator=(ConnectionSlot&& other) noexcept {
        std::swap(limit_, other.limit_);
        return *this;
    }
    ~ConnectionSlot() {
        if (limit_ != nullptr) limit_->give_back();
    }

    explicit operator bool() const { return limit_ != nullptr; }

private:
    ConnectionLimit* limit_ = nullptr;
};

}  // namespace iomux::server
