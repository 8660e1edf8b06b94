#include "posix/socket.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "posix/endpoint.hpp"
#include "posix/error.hpp"

namespace iomux::posix {
namespace {

constexpr const char* host = "127.0.0.1";

Endpoint closed_endpoint() {
    const UniqueFd listener = listen_on(Endpoint::internet(host, 0), 1);
    return Endpoint::local(listener.get());
}

std::error_code error_of_call(const std::function<void()>& call) {
    try {
        call();
        return {};
    } catch (const std::system_error& error) {
        return error.code();
    }
}

TEST(ASocket, ThatWouldConnectToItselfIsRefused) {
    for (const Blocking blocking : {Blocking::yes, Blocking::no}) {
        const Endpoint endpoint = closed_endpoint();
        EXPECT_EQ(error_of_call([&] { static_cast<void>(connect_from(endpoint, endpoint, blocking)); }),
                  std::errc::connection_refused);
        EXPECT_EQ(error_of_call([&] { static_cast<void>(listen_on(endpoint, 1)); }), std::error_code());
    }
}

TEST(ASocket, ConnectsToAListener) {
    const UniqueFd listener = listen_on(Endpoint::internet(host, 0), 1);
    EXPECT_EQ(error_of_call([&] { static_cast<void>(connect_to(Endpoint::local(listener.get()), Blocking::yes)); }),
              std::error_code());
}

// A network of its own, in which the kernel chooses only one port. Returns false if this process may not have one.
bool enter_network_with_one_port(std::uint16_t port) {
    if (::unshare(CLONE_NEWNET) != 0) return false;
    ifreq loopback{};
    std::strcpy(loopback.ifr_name, "lo");
    loopback.ifr_flags = IFF_UP;
    const UniqueFd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (::ioctl(any.get(), SIOCSIFFLAGS, &loopback) != 0) return false;
    std::ofstream range("/proc/sys/net/ipv4/ip_local_port_range");
    return static_cast<bool>(range << port << ' ' << port << std::flush);
}

// A listener whose backlog one client fills.
class AFullBacklog : public testing::Test {
protected:
    AFullBacklog() {
        if (::mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("cannot create a folder");
        endpoint_ = Endpoint::unix_path(folder_ + "/socket");
        listener_ = listen_on(endpoint_, 0);
        first_ = connect_to(endpoint_, Blocking::no);
    }
    ~AFullBacklog() override { std::filesystem::remove_all(folder_); }

    std::string folder_ = testing::TempDir() + "iomux-XXXXXX";
    Endpoint endpoint_;
    UniqueFd listener_;
    UniqueFd first_;
};

TEST_F(AFullBacklog, OfAUnixSocketIsAnError) {
    try {
        static_cast<void>(connect_to(endpoint_, Blocking::no));
        ADD_FAILURE() << "a second connection fits";
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code(), std::errc::resource_unavailable_try_again);
        EXPECT_NE(std::string(error.what()).find(endpoint_.text() + ": the server's backlog was full for 5 s: "),
                  std::string::npos)
            << error.what();
    }
}

TEST_F(AFullBacklog, OfAUnixSocketIsWaitedFor) {
    std::thread server([this] {
        // Until the client that waits is connected, too.
        for (int accepted = 0; accepted < 2;)
            if (const UniqueFd one(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)); one)
                ++accepted;
            else
                std::this_thread::yield();
    });
    const UniqueFd second = connect_to(endpoint_, Blocking::no);
    EXPECT_NE(::fcntl(second.get(), F_GETFL) & O_NONBLOCK, 0);
    timeval limit{1, 1};
    socklen_t size = sizeof limit;
    EXPECT_EQ(::getsockopt(second.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, &size), 0);
    EXPECT_EQ(limit.tv_sec + limit.tv_usec, 0);
    server.join();
}

TEST(ASocket, IsRefusedIfTheKernelChoosesThePortThatItConnectsTo) {
    constexpr int not_permitted = 77;
    constexpr std::uint16_t port = 30000;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        if (!enter_network_with_one_port(port)) ::_exit(not_permitted);
        const Endpoint endpoint = Endpoint::internet(host, port);
        int wrong = 0;
        for (const Blocking blocking : {Blocking::yes, Blocking::no}) {
            for (const auto& connect : {connect_to, datagram_socket_to})
                if (error_of_call([&] { static_cast<void>(connect(endpoint, blocking)); }) !=
                    std::errc::connection_refused)
                    ++wrong;
        }
        ::_exit(wrong);
    }
    int status = 0;
    ASSERT_EQ(uninterrupted([&] { return ::waitpid(child, &status, 0); }), child);
    ASSERT_TRUE(WIFEXITED(status)) << status;
    if (WEXITSTATUS(status) == not_permitted) GTEST_SKIP() << "a network of its own is not permitted";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace iomux::posix
