// A message takes at least the time of its handler before it is answered.
#include "tested.hpp"

namespace iomux::conformance {
namespace {

using server::SimulatedWork;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

class EveryServerWithSimulatedWork : public EveryServer {
protected:
    // The time until three messages that are sent together are answered.
    Clock::duration time_of_three(SimulatedWork work) const {
        server::Settings settings = settings_for({protocol::Framing::line});
        settings.work = work;
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
IOMUX_FOR_EVERY_SERVER(EveryServerWithSimulatedWork);

TEST_P(EveryServerWithSimulatedWork, SleepsForEachMessage) {
    EXPECT_GE(time_of_three({SimulatedWork::By::sleep, milliseconds(5)}), milliseconds(15));
}

TEST_P(EveryServerWithSimulatedWork, BusyWaitsForEachMessage) {
    EXPECT_GE(time_of_three({SimulatedWork::By::busy, milliseconds(5)}), milliseconds(15));
}

}  // namespace
}  // namespace iomux::conformance
