// A message takes the time of its handler before it is answered, and no less.
#include "tested.hpp"

namespace iomux::conformance {
namespace {

using server::SimulatedWork;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

class HandlersOfEveryServer : public EveryServer {
protected:
    // Of three messages that come together.
    Clock::duration time_of_three(SimulatedWork handling) const {
        server::Settings settings = settings_for({protocol::Framing::line});
        settings.work = handling;
        RunningServer server(*GetParam(), settings);
        Conversation conversation = server.converse();
        conversation.ask_times(3, 10);
        const Clock::time_point begin = Clock::now();
        conversation.await_answers();
        const Clock::duration time = Clock::now() - begin;
        conversation.finish();
        return time;
    }
};
IOMUX_FOR_EVERY_SERVER(HandlersOfEveryServer);

TEST_P(HandlersOfEveryServer, SleepForEachMessage) {
    EXPECT_GE(time_of_three({SimulatedWork::By::sleep, milliseconds(5)}), milliseconds(15));
}

TEST_P(HandlersOfEveryServer, AreBusyForEachMessage) {
    EXPECT_GE(time_of_three({SimulatedWork::By::busy, milliseconds(5)}), milliseconds(15));
}

}  // namespace
}  // namespace iomux::conformance
