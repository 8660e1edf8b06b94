// A client that sends requests but does not read the replies is not read any more, and does not affect other clients.
#include "tested.hpp"

namespace iomux::conformance {
namespace {

class EveryServerWithASlowReader : public EveryServer {
protected:
    const protocol::ProtocolConfig protocol{protocol::Framing::length, protocol::Service::echo};

    // More than the kernel's buffers hold, plus what the server holds up to its high-water mark.
    static constexpr std::size_t bound = 64 << 20;

    // Sends until there is no room for 250 ms, or until the bound is reached. Returns the bytes sent.
    static std::size_t flood(Client& client, const std::string& request) {
        std::size_t sent = 0;
        while (sent < bound) {
            const std::size_t more = client.send_some(std::string_view(request).substr(sent % request.size()),
                                                      std::chrono::milliseconds(250));
            if (more == 0) break;
            sent += more;
        }
        return sent;
    }

    std::string request() const {
        std::vector<std::byte> bytes;
        append_request(protocol, protocol::as_bytes(message(50'000)), bytes);
        return std::string(protocol::as_text(bytes));
    }
};
IOMUX_FOR_EVERY_SERVER(EveryServerWithASlowReader);

TEST_P(EveryServerWithASlowReader, StopsReadingAClientThatDoesNotRead) {
    RunningServer server(*GetParam(), settings_for(protocol));
    Client client = server.connect();
    EXPECT_LT(flood(client, request()), bound);
}

TEST_P(EveryServerWithASlowReader, BuffersLittleForAClientThatDoesNotRead) {
    RunningServer server(*GetParam(), settings_for(protocol));
    Client client = server.connect();
    client.shrink_receive_buffer();
    flood(client, request());
    client.reset();
    const server::Counters counters = server.stop_and_end();
    EXPECT_LE(counters.bytes_received - counters.bytes_sent, 256u * 1024);
}

TEST_P(EveryServerWithASlowReader, ServesOthersMeanwhile) {
    RunningServer server(*GetParam(), settings_for(protocol));
    Client client = server.connect();
    flood(client, request());
    Conversation other = server.converse();
    for (unsigned i = 0; i < 10; ++i) other.ask_and_await(message(1000, i));
    other.finish();
}

TEST_P(EveryServerWithASlowReader, SendsEveryByteOnceTheClientReads) {
    RunningServer server(*GetParam(), settings_for(protocol));
    Client client = server.connect();
    const std::string repeated = request();
    const std::size_t sent = flood(client, repeated);
    const std::size_t whole = sent / repeated.size();
    for (std::size_t i = 0; i < whole; ++i) ASSERT_EQ(client.receive(repeated.size()), repeated);
    client.end_sending();
    EXPECT_EQ(client.receive_all(), "");
}

TEST_P(EveryServerWithASlowReader, ReadsTheClientAgainOnceItReads) {
    RunningServer server(*GetParam(), settings_for(protocol));
    Conversation conversation = server.converse();
    conversation.client().shrink_receive_buffer();
    conversation.ask_times(200, 50'000);
    // Of these 10 MB, send as much as there is room for, and the rest while receiving.
    while (conversation.send_what_fits(std::chrono::milliseconds(250)) > 0) continue;
    conversation.finish();
}

TEST_P(EveryServerWithASlowReader, SendsRepliesAThousandTimesAsLongAsTheRequests) {
    const protocol::ProtocolConfig amplified = amplifying();
    RunningServer server(*GetParam(), settings_for(amplified));
    Conversation conversation = server.converse();
    conversation.client().shrink_receive_buffer();
    conversation.ask_times(64 * 1024, 0);
    conversation.send_all();
    conversation.finish();
}

TEST_P(EveryServerWithASlowReader, ServesOthersBesideManySlowReaders) {
    RunningServer server(*GetParam(), settings_for(protocol));
    std::deque<Conversation> slow;
    for (int i = 0; i < 20; ++i) {
        slow.push_back(server.converse());
        slow.back().client().shrink_receive_buffer();
        slow.back().ask_times(20, 50'000);
        slow.back().send_what_fits(std::chrono::milliseconds(0));
    }
    Conversation other = server.converse();
    for (unsigned i = 0; i < 10; ++i) other.ask_and_await(message(1000, i));
    for (Conversation& conversation : slow) conversation.finish();
}

}  // namespace
}  // namespace iomux::conformance
