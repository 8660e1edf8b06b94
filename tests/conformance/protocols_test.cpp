// Well-behaved clients, in every framing and with every service.
#include <random>

#include "tested.hpp"

namespace iomux::conformance {
namespace {

class EveryServerWithEveryProtocol : public testing::TestWithParam<ServerWithProtocol> {
protected:
    const protocol::ProtocolConfig protocol = GetParam().protocol();
};
INSTANTIATE_TEST_SUITE_P(Servers, EveryServerWithEveryProtocol, testing::ValuesIn(every_server_with_every_protocol()),
                         name_with_protocol);

TEST_P(EveryServerWithEveryProtocol, AnswersARequest) {
    RunningServer server(*GetParam().mechanism, settings_for(protocol));
    Conversation conversation = server.converse();
    conversation.ask("hi");
    conversation.finish();
}

TEST_P(EveryServerWithEveryProtocol, AnswersSuccessiveRequests) {
    RunningServer server(*GetParam().mechanism, settings_for(protocol));
    Conversation conversation = server.converse();
    for (unsigned i = 0; i < 100; ++i) conversation.ask_and_await(message(1 + i, i));
    conversation.finish();
}

TEST_P(EveryServerWithEveryProtocol, AnswersFragmentedRequests) {
    RunningServer server(*GetParam().mechanism, settings_for(protocol));
    Conversation conversation = server.converse();
    conversation.ask_times(20, 50);
    std::mt19937 random(1);
    for (int fragments = 0; fragments < 400; ++fragments) conversation.send_fragment(1 + random() % 5);
    conversation.finish();
}

TEST_P(EveryServerWithEveryProtocol, AnswersCoalescedRequests) {
    RunningServer server(*GetParam().mechanism, settings_for(protocol));
    Conversation conversation = server.converse();
    conversation.ask_times(1000, 20);
    conversation.finish();
}

TEST_P(EveryServerWithEveryProtocol, AnswersMessagesOfTheDefaultMaximumSize) {
    RunningServer server(*GetParam().mechanism, settings_for(protocol));
    Conversation conversation = server.converse();
    conversation.ask_times(5, 64 * 1024);
    conversation.finish();
}

TEST_P(EveryServerWithEveryProtocol, AnswersAMessageOfOneMebibyte) {
    protocol::ProtocolConfig large = protocol;
    large.max_message = 1 << 20;
    RunningServer server(*GetParam().mechanism, settings_for(large));
    Conversation conversation = server.converse();
    conversation.ask(message(1 << 20));
    conversation.finish();
}

TEST_P(EveryServerWithEveryProtocol, AnswersTwoHundredInterleavedClients) {
    constexpr unsigned clients = 200;
    server::Settings settings = settings_for(protocol);
    set_workers(settings, clients);
    RunningServer server(*GetParam().mechanism, settings);
    std::deque<Conversation> conversations;
    for (unsigned i = 0; i < clients; ++i) {
        conversations.push_back(server.converse());
        for (unsigned j = 0; j < 3; ++j) conversations.back().ask(message(10 + j, 3 * i + j));
    }
    for (int fragments = 0; fragments < 3; ++fragments)
        for (Conversation& conversation : conversations) conversation.send_fragment(9);
    for (Conversation& conversation : conversations) conversation.await_answers();
    for (Conversation& conversation : conversations) conversation.finish();
}

TEST_P(EveryServerWithEveryProtocol, AnswersAllBeforeEndOfFileAfterHalfClose) {
    RunningServer server(*GetParam().mechanism, settings_for(protocol));
    Conversation conversation = server.converse();
    conversation.ask_times(100, 500);
    conversation.send_all();
    conversation.client().end_sending();
    conversation.await_end();
}

}  // namespace
}  // namespace iomux::conformance
