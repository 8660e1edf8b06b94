// Well-behaved clients, in every framing and with every service.
#include <random>

#include "tested.hpp"

namespace iomux::conformance {
namespace {

class EveryServerInEveryDialect : public testing::TestWithParam<ServerInDialect> {
protected:
    const protocol::Dialect dialect = GetParam().dialect();
};
INSTANTIATE_TEST_SUITE_P(Servers, EveryServerInEveryDialect, testing::ValuesIn(every_server_in_every_dialect()),
                         name_in_dialect);

TEST_P(EveryServerInEveryDialect, AnswersARequest) {
    RunningServer server(*GetParam().mechanism, settings_for(dialect));
    Conversation conversation = server.converse();
    conversation.ask("hi");
    conversation.finish();
}

TEST_P(EveryServerInEveryDialect, AnswersSuccessiveRequests) {
    RunningServer server(*GetParam().mechanism, settings_for(dialect));
    Conversation conversation = server.converse();
    for (unsigned i = 0; i < 100; ++i) conversation.ask_and_await(message(1 + i, i));
    conversation.finish();
}

TEST_P(EveryServerInEveryDialect, AnswersFragmentedRequests) {
    RunningServer server(*GetParam().mechanism, settings_for(dialect));
    Conversation conversation = server.converse();
    conversation.ask_times(20, 50);
    std::mt19937 random(1);
    for (int fragments = 0; fragments < 400; ++fragments) conversation.send_fragment(1 + random() % 5);
    conversation.finish();
}

TEST_P(EveryServerInEveryDialect, AnswersCoalescedRequests) {
    RunningServer server(*GetParam().mechanism, settings_for(dialect));
    Conversation conversation = server.converse();
    conversation.ask_times(1000, 20);
    conversation.finish();
}

TEST_P(EveryServerInEveryDialect, AnswersMessagesOfTheDefaultMaximumSize) {
    RunningServer server(*GetParam().mechanism, settings_for(dialect));
    Conversation conversation = server.converse();
    conversation.ask_times(5, 64 * 1024);
    conversation.finish();
}

TEST_P(EveryServerInEveryDialect, AnswersAMessageOfOneMebibyte) {
    protocol::Dialect large = dialect;
    large.max_message = 1 << 20;
    RunningServer server(*GetParam().mechanism, settings_for(large));
    Conversation conversation = server.converse();
    conversation.ask(message(1 << 20));
    conversation.finish();
}

TEST_P(EveryServerInEveryDialect, AnswersTwoHundredInterleavedClients) {
    constexpr unsigned clients = 200;
    server::Settings settings = settings_for(dialect);
    settings.threading.workers = clients;
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

TEST_P(EveryServerInEveryDialect, AnswersAllBeforeEndOfFileAfterHalfClose) {
    RunningServer server(*GetParam().mechanism, settings_for(dialect));
    Conversation conversation = server.converse();
    conversation.ask_times(100, 500);
    conversation.send_all();
    conversation.client().end_sending();
    conversation.await_end();
}

}  // namespace
}  // namespace iomux::conformance
