#include "compare/mechanisms/monitor_mechanisms.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <algorithm>
#include <array>
#include <vector>

#include "posix/error.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::compare {
namespace {

using posix::check;

class Select final : public Monitor {
public:
    explicit Select(std::span<const int> descriptors)
        : descriptors_(descriptors.begin(), descriptors.end()), highest_(std::ranges::max(descriptors_)) {
        FD_ZERO(&wanted_);
        for (const int fd : descriptors_) FD_SET(fd, &wanted_);
    }

    std::span<const int> wait() override {
        ready_.clear();
        fd_set can_read = wanted_;
        const int count = posix::ready_count(::select(highest_ + 1, &can_read, nullptr, nullptr, nullptr), "select");
        for (auto fd = descriptors_.begin(); ready_.size() < static_cast<std::size_t>(count); ++fd)
            if (FD_ISSET(*fd, &can_read)) ready_.push_back(*fd);
        return ready_;
    }

private:
    std::vector<int> descriptors_;
    int highest_;
    fd_set wanted_;
    std::vector<int> ready_;
};

class Poll final : public Monitor {
public:
    explicit Poll(std::span<const int> descriptors) {
        for (const int fd : descriptors) polled_.push_back({fd, POLLIN, 0});
    }

    std::span<const int> wait() override {
        ready_.clear();
        const int count = posix::ready_count(::poll(polled_.data(), polled_.size(), -1), "poll");
        for (auto one = polled_.begin(); ready_.size() < static_cast<std::size_t>(count); ++one)
            if (one->revents != 0) ready_.push_back(one->fd);
        return ready_;
    }

private:
    std::vector<pollfd> polled_;
    std::vector<int> ready_;
};

class Epoll final : public Monitor {
public:
    Epoll(std::span<const int> descriptors, std::uint32_t trigger)
        : epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "cannot create an epoll instance")) {
        for (const int fd : descriptors) {
            epoll_event wanted{.events = EPOLLIN | trigger, .data = {.fd = fd}};
            check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &wanted), "epoll_ctl");
        }
    }

    std::span<const int> wait() override {
        const int count = posix::ready_count(
            ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), -1), "epoll_wait");
        ready_.clear();
        for (const epoll_event& event : std::span(events_).first(static_cast<std::size_t>(count)))
            ready_.push_back(event.data.fd);
        return ready_;
    }

private:
    posix::UniqueFd epoll_;
    std::array<epoll_event, 1024> events_;
    std::vector<int> ready_;
};

std::unique_ptr<Monitor> watch_by_select(std::span<const int> fds) { return std::make_unique<Select>(fds); }
std::unique_ptr<Monitor> watch_by_poll(std::span<const int> fds) { return std::make_unique<Poll>(fds); }
std::unique_ptr<Monitor> watch_by_epoll(std::span<const int> fds) { return std::make_unique<Epoll>(fds, 0u); }
std::unique_ptr<Monitor> watch_by_edge(std::span<const int> fds) { return std::make_unique<Epoll>(fds, EPOLLET); }

std::optional<std::string> no_obstacle(std::span<const int>) { return std::nullopt; }

std::optional<std::string> obstacle_to_select(std::span<const int> descriptors) {
    const int highest = std::ranges::max(descriptors);
    if (highest < FD_SETSIZE) return std::nullopt;
    return fmt::format("descriptor {} does not fit into the C library's fd_set, which ends at {}", highest,
                       FD_SETSIZE - 1);
}

constexpr std::array<Mechanism, 5> mechanisms{{
    {"select", true, watch_by_select, obstacle_to_select},
    {"poll", true, watch_by_poll, no_obstacle},
    {"epoll", true, watch_by_epoll, no_obstacle},
    {"epoll-et", false, watch_by_edge, no_obstacle},
    {"io_uring", false, watch_by_ring, obstacle_to_ring},
}};

}  // namespace

std::span<const Mechanism> monitor_mechanisms() { return mechanisms; }

}  // namespace iomux::compare
