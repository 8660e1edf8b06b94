#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace iomux::server {

/// How many clients are served at once, by all loops that serve one port together. Any thread may take a seat.
class Seats {
public:
    explicit Seats(std::size_t most) : most_(most) {}

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

/// A client's place among those that are served, for as long as it lives. Empty: there was none left.
class Seat {
public:
    Seat() = default;
    /// `seats` outlives it.
    explicit Seat(Seats& seats) : seats_(seats.take() ? &seats : nullptr) {}
    Seat(Seat&& other) noexcept : seats_(std::exchange(other.seats_, nullptr)) {}
    Seat& operator=(Seat&& other) noexcept {
        std::swap(seats_, other.seats_);
        return *this;
    }
    ~Seat() {
        if (seats_ != nullptr) seats_->give_back();
    }

    explicit operator bool() const { return seats_ != nullptr; }

private:
    Seats* seats_ = nullptr;
};

}  // namespace iomux::server
