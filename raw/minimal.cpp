// epoll(7) as every tutorial shows it, level-triggered: the kernel keeps the interest set. Read this file first; the
// comparison also uses it as the baseline. Nothing is protected: a client that does not read blocks all others, an
// error is treated as an end of file, and a stop loses what is in flight. raw/epoll.cpp is the same loop for a service.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>

#include "mechanisms.hpp"
#include "posix/error.hpp"

namespace iomux::raw {
namespace {

class Minimal final : public server::Server {
public:
    Minimal(server::Sockets sockets, const server::Settings& settings)
        : Server(settings), listener_(std::move(sockets.listener)) {}

    void run() override {
        watch(listener_.get());
        watch(stop_.fd());
        for (;;) {
            const int ready = ::epoll_wait(set_.get(), events_.data(), static_cast<int>(events_.size()), -1);
            for (int i = 0; i < ready; ++i) {
                const int fd = events_[static_cast<std::size_t>(i)].data.fd;
                if (fd == stop_.fd()) return;
                if (fd == listener_.get())
                    watch(::accept(fd, nullptr, nullptr));
                else
                    echo(fd);
            }
        }
    }

private:
    void watch(int fd) {
        epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
        ::epoll_ctl(set_.get(), EPOLL_CTL_ADD, fd, &event);
    }

    void echo(int fd) {
        const ssize_t size = ::recv(fd, buffer_.data(), buffer_.size(), 0);
        if (size <= 0 || ::send(fd, buffer_.data(), static_cast<std::size_t>(size), 0) < 0) ::close(fd);
    }

    posix::UniqueFd listener_;
    posix::UniqueFd set_{posix::check(::epoll_create1(0), "cannot make an epoll set")};
    std::array<epoll_event, 256> events_;
    std::array<std::byte, 64 * 1024> buffer_;
};

}  // namespace

std::unique_ptr<server::Server> make_minimal(server::Sockets sockets, const server::Settings& settings) {
    return std::make_unique<Minimal>(std::move(sockets), settings);
}

}  // namespace iomux::raw
