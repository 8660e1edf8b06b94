#include "compare/meters/socket_owners.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "compare/process/temporary_folder.hpp"
#include "posix/socket.hpp"

namespace iomux::compare {
namespace {

using posix::Endpoint;
using Inodes = std::vector<SocketInode>;

constexpr std::string_view heading =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

std::string row(std::string_view local, std::string_view remote, std::string_view state, std::string_view inode) {
    return "   0: " + std::string(local) + " " + std::string(remote) + " " + std::string(state) +
           " 00000000:00000000 00:00000000 00000000     0        0 " + std::string(inode) +
           " 1 0000000000000000 100 0 0 10 0\n";
}

constexpr const char* no_peer = "00000000:0000";
constexpr const char* no_peer6 = "00000000000000000000000000000000:0000";

TEST(AListeningSocket, IsFoundByItsAddressAndPort) {
    const std::string tcp = std::string(heading) + row("0100007F:1F90", no_peer, "0A", "11") +
                            row("0100007F:1F91", no_peer, "0A", "12") + row("0200007F:1F90", no_peer, "0A", "13") +
                            row("0100007F:1F90", "0100007F:9999", "01", "14") +
                            row("0100007F:1F90", no_peer, "0A", "15");
    EXPECT_EQ(parse_listening(Endpoint::internet("127.0.0.1", 8080), tcp, heading), (Inodes{11, 15}));
    EXPECT_EQ(parse_listening(Endpoint::internet("127.0.0.1", 8082), tcp, heading), Inodes{});
}

TEST(AListeningSocket, OfAllAddressesIsTheServerUnlessOneIsMoreSpecific) {
    const std::string all = row("00000000:1F90", no_peer, "0A", "21");
    const std::string one = row("0100007F:1F90", no_peer, "0A", "22");
    const std::string all6 = row("00000000000000000000000000000000:1F90", no_peer6, "0A", "23");
    const std::string mapped = row("0000000000000000FFFF00000100007F:1F90", no_peer6, "0A", "24");
    const std::string loopback6 = row("00000000000000000000000001000000:1F90", no_peer6, "0A", "25");
    const std::string above(heading);
    const Endpoint ipv4 = Endpoint::internet("127.0.0.1", 8080);
    EXPECT_EQ(parse_listening(ipv4, above + all + one, above + all6), Inodes{22});
    EXPECT_EQ(parse_listening(ipv4, above + all, above + all6), Inodes{21});
    EXPECT_EQ(parse_listening(ipv4, above, above + all6 + mapped), Inodes{24});
    EXPECT_EQ(parse_listening(ipv4, above, above + all6), Inodes{23});
    EXPECT_EQ(parse_listening(Endpoint::internet("::1", 8080), above + one, above + all6 + loopback6), Inodes{25});
    EXPECT_EQ(parse_listening(Endpoint::internet("::1", 8080), above + one, above + all6), Inodes{23});
    EXPECT_EQ(parse_listening(Endpoint::internet("::ffff:127.0.0.1", 8080), above + one, above), Inodes{22});
}

TEST(AnAcceptedSocket, IsTheServersEndOfAConnection) {
    const std::string tcp =
        std::string(heading) + row("0100007F:1F90", no_peer, "0A", "31") +
        row("0100007F:1F90", "0100007F:9999", "01", "32") + row("0100007F:9999", "0100007F:1F90", "01", "33") +
        row("0100007F:1F90", "0100007F:9998", "01", "0") + row("0100007F:1F90", "0100007F:9997", "06", "34");
    const std::string tcp6 = std::string(heading) + row("0000000000000000FFFF00000100007F:1F90",
                                                        "0000000000000000FFFF00000100007F:9996", "01", "35");
    EXPECT_EQ(parse_accepted(Endpoint::internet("127.0.0.1", 8080), tcp, tcp6), (Inodes{32, 35}));
}

TEST(ASocket, IsFoundOnceIfTheKernelHasListedItTwice) {
    const std::string listener = row("0100007F:1F90", no_peer, "0A", "51");
    const std::string accepted = row("0100007F:1F90", "0100007F:9999", "01", "52");
    const std::string tcp = std::string(heading) + listener + accepted + accepted + listener;
    const Endpoint endpoint = Endpoint::internet("127.0.0.1", 8080);
    EXPECT_EQ(parse_listening(endpoint, tcp, heading), Inodes{51});
    EXPECT_EQ(parse_accepted(endpoint, tcp, heading), Inodes{52});
}

TEST(AUnixSocket, IsFoundByItsPath) {
    const std::string table =
        "Num       RefCount Protocol Flags    Type St Inode Path\n"
        "0000000000000000: 00000002 00000000 00010000 0001 01 41 /run/a b.sock\n"
        "0000000000000000: 00000003 00000000 00000000 0001 03 42 /run/a b.sock\n"
        "0000000000000000: 00000003 00000000 00000000 0001 03 43\n"
        "0000000000000000: 00000002 00000000 00010000 0001 01 44 /run/a\n";
    const Endpoint endpoint = Endpoint::unix_path("/run/a b.sock");
    EXPECT_EQ(parse_listening_unix(endpoint, table), Inodes{41});
    EXPECT_EQ(parse_accepted_unix(endpoint, table), Inodes{42});
}

// It is bound to all addresses of this machine, but a packet for another one does not come here.
TEST(AListeningSocket, IsNotFoundByAnAddressOfAnotherMachine) {
    const posix::UniqueFd listener = posix::listen_on(Endpoint::internet("0.0.0.0", 0), 8);
    const std::uint16_t port = Endpoint::local(listener.get()).port();
    EXPECT_EQ(listening_sockets(Endpoint::internet("127.0.0.1", port)).size(), 1u);
    const Endpoint elsewhere = Endpoint::internet("192.0.2.1", port);  // for documentation (RFC 5737)
    EXPECT_EQ(listening_sockets(elsewhere), Inodes{});
    EXPECT_EQ(listening_sockets(elsewhere, ::getpid()), Inodes{});
}

TEST(TheOwnersOfASocket, AreTheProcessesThatHaveItOpen) {
    const TemporaryFolder folder;
    for (const Endpoint& wanted :
         {Endpoint::internet("127.0.0.1", 0), Endpoint::internet("::1", 0), Endpoint::unix_path(folder.path() / "s")}) {
        posix::UniqueFd listener;
        try {
            listener = posix::listen_on(wanted, 8);
        } catch (const std::system_error&) {
            continue;  // there is no IPv6
        }
        const Endpoint endpoint = Endpoint::local(listener.get());
        const Inodes sockets = listening_sockets(endpoint);
        ASSERT_EQ(sockets.size(), 1u) << endpoint.text();
        EXPECT_EQ(listening_sockets(endpoint, ::getpid()), sockets);
        EXPECT_EQ(owners_of(sockets).processes, std::vector{::getpid()});
        EXPECT_TRUE(without_those_of(std::array{::getpid()}, sockets).empty());
        EXPECT_EQ(without_those_of(std::array{::getppid()}, sockets), sockets);

        EXPECT_TRUE(accepted_sockets(endpoint).empty());
        const posix::UniqueFd client = posix::connect_to(endpoint, posix::Blocking::yes);
        EXPECT_TRUE(accepted_sockets(endpoint).empty()) << "it waits to be accepted";
        const posix::UniqueFd server(::accept(listener.get(), nullptr, nullptr));
        const Inodes accepted = accepted_sockets(endpoint);
        ASSERT_EQ(accepted.size(), 1u) << endpoint.text();
        EXPECT_EQ(owners_of(accepted).processes, std::vector{::getpid()});
        listener.reset();
        EXPECT_TRUE(listening_sockets(endpoint).empty());
    }
}

}  // namespace
}  // namespace iomux::compare
