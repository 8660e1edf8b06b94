// Descriptors: all are closed, none is inherited by a child process, and what happens above a mechanism's ceiling.
#include <fcntl.h>
#include <sys/resource.h>

#include <charconv>
#include <filesystem>
#include <set>

#include "posix/error.hpp"
#include "tested.hpp"

namespace iomux::conformance {
namespace {

std::set<int> open_descriptors() {
    std::set<int> all;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        const std::string name = entry.path().filename();
        int fd = -1;
        std::from_chars(name.data(), name.data() + name.size(), fd);
        all.insert(fd);
    }
    // Without the iterator's own descriptor, which is closed by now.
    std::erase_if(all, [](int fd) { return ::fcntl(fd, F_GETFD) < 0; });
    return all;
}

class DescriptorsOfEveryServer : public EveryServer {};
IOMUX_FOR_EVERY_SERVER(DescriptorsOfEveryServer);

TEST_P(DescriptorsOfEveryServer, AreClosedAtTheEnd) {
    const std::set<int> before = open_descriptors();
    {
        RunningServer server(*GetParam());
        for (int i = 0; i < 30; ++i) {
            Conversation conversation = server.converse();
            conversation.ask_and_await("hi");
            if (i % 3 == 0) conversation.client().reset();
            if (i % 3 == 1) conversation.finish();
        }
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_P(DescriptorsOfEveryServer, AreClosedAfterTheDrainTimeout) {
    const protocol::ProtocolConfig protocol = amplifying();
    server::Settings settings = settings_for(protocol);
    settings.limits.drain_timeout = std::chrono::milliseconds(50);
    const std::set<int> before = open_descriptors();
    {
        RunningServer server(*GetParam(), settings);
        std::deque<Conversation> unread;
        for (int i = 0; i < 5; ++i) {
            unread.push_back(server.converse());
            unread.back().client().shrink_receive_buffer();
            unread.back().ask_times(16 * 1024, 0);
            unread.back().send_all();
        }
        server.stop_and_end();
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_P(DescriptorsOfEveryServer, AreCloseOnExec) {
    const std::set<int> before = open_descriptors();
    RunningServer server(*GetParam());
    std::deque<Conversation> conversations;
    for (int i = 0; i < 5; ++i) {
        conversations.push_back(server.converse());
        conversations.back().ask_and_await("hi");
    }
    for (const int fd : open_descriptors())
        EXPECT_TRUE(before.contains(fd) || (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0) << "descriptor " << fd;
}

// Raises the limit on descriptors above 1,024, and occupies all below it except those that a test frees.
class HighDescriptors {
public:
    static constexpr int ceiling = 1024;

    /// Returns false if the hard limit does not allow it.
    bool take() {
        posix::check(::getrlimit(RLIMIT_NOFILE, &before_), "getrlimit");
        const rlim_t wanted = ceiling + 100;
        if (before_.rlim_max < wanted) return false;
        const rlimit raised{std::max(before_.rlim_cur, wanted), before_.rlim_max};
        posix::check(::setrlimit(RLIMIT_NOFILE, &raised), "setrlimit");
        do {
            taken_.emplace_back(posix::check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open"));
        } while (taken_.back().get() < ceiling - 1);
        return true;
    }
    void free_one() { taken_.pop_back(); }
    ~HighDescriptors() {
        taken_.clear();
        ::setrlimit(RLIMIT_NOFILE, &before_);
    }

private:
    rlimit before_{};
    std::vector<posix::UniqueFd> taken_;
};

class EveryServerAbove1024Descriptors : public EveryServer {
protected:
    RunningServer server{*GetParam()};
    Conversation early = server.converse();
    HighDescriptors high;

    void SetUp() override {
        EveryServer::SetUp();
        if (IsSkipped()) return;
        early.ask_and_await("hi");
        if (!high.take()) GTEST_SKIP() << "the hard limit on descriptors is too low";
    }
    // A client whose descriptor lies above the ceiling. It has been served or refused.
    Client client_above() const {
        Client client = server.connect();
        client.send("hi");
        client.wait(false);
        return client;
    }
};
IOMUX_FOR_EVERY_SERVER(EveryServerAbove1024Descriptors);

TEST_P(EveryServerAbove1024Descriptors, ServesOrRefusesAsTheRegistrySays) {
    Client client = server.connect();
    if (GetParam()->descriptor_ceiling != 0) {
        EXPECT_TRUE(client.is_refused());
    } else {
        client.send("hi");
        EXPECT_EQ(client.receive(9), "hi_suffix");
    }
}

TEST_P(EveryServerAbove1024Descriptors, KeepsServingDescriptorsBelow) {
    const Client client = client_above();
    early.ask_and_await("still here");
}

TEST_P(EveryServerAbove1024Descriptors, ServesANewConnectionBelow) {
    const Client client = client_above();
    // The new client takes one descriptor, and its server the other.
    high.free_one();
    high.free_one();
    Conversation low = server.converse();
    low.ask_and_await("hi");
}

}  // namespace
}  // namespace iomux::conformance
