#include "load/engine/churn_generator.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <span>
#include <utility>

#include "posix/clock.hpp"
#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::load {
namespace {

using namespace std::chrono;

// The side that closes a connection first keeps its port pair for a minute (TIME_WAIT), and one address has about
// 28,000 ephemeral ports. The loopback interface has many addresses, so connections come from several of them.
constexpr int loopback_addresses = 250;

std::vector<posix::Endpoint> sources_for(const posix::Endpoint& endpoint) {
    std::vector<posix::Endpoint> sources;
    if (endpoint.family() == AF_INET && endpoint.is_loopback())
        for (int i = 1; i <= loopback_addresses; ++i)
            sources.push_back(posix::Endpoint::internet(fmt::format("127.0.0.{}", i), 0));
    return sources;
}

}  // namespace

ChurnGenerator::ChurnGenerator(Workload workload, const posix::EventFd& stop, WindowMarks marks)
    : workload_(std::move(workload)),
      marks_(std::move(marks)),
      sources_(sources_for(workload_.endpoint)),
      loop_(stop),
      buffer_(receive_buffer_size),
      places_(workload_.connections),
      active_(workload_.connections),
      asking_(workload_.open_loop ? Asking::when_due : Asking::again),
      now_(posix::Clock::now()),
      last_progress_(now_) {
    for (Place& place : places_) free_.push_back(&place);
}

Result ChurnGenerator::run() {
    connect();
    if (going_on()) begin();
    run_until(now_ + workload_.warmup);
    await_first_reply();
    if (going_on()) measure();
    result_.stopped = loop_.is_stopped();
    if (going_on()) marks_.acknowledged();
    if (going_on()) drain(posix::Clock::now() + workload_.longest_drain);
    result_.sent_in_all += counted_.sent;
    return std::move(result_);
}

void ChurnGenerator::connect() {
    try {
        first_.await(connected_socket(), loop_, workload_);
    } catch (const std::system_error& error) {
        result_.errors = 1;
        result_.error = error.what();
        active_ = 0;
    }
    if (!going_on()) return;
    payload_.emplace(workload_.size, workload_.protocol.reply_suffix(), workload_.seed);
    envelope_.emplace(workload_.protocol, payload_->sizes());
    now_ = last_progress_ = posix::Clock::now();
}

void ChurnGenerator::begin() {
    if (schedule_) {
        schedule_->resume(now_);
    } else if (workload_.open_loop) {
        schedule_.emplace(*workload_.open_loop, now_);
    } else {
        asking_ = Asking::again;
        for (Place* const place : std::exchange(free_, {})) open(*place, posix::Clock::now());
    }
}

// The warm-up may end before the first reply, which shows whether the server speaks the protocol. It is not awaited if
// nothing was due yet.
void ChurnGenerator::await_first_reply() {
    if (!workload_.answered() || !going_on()) return;
    if (schedule_) open_due(posix::Clock::now());  // requests that became due during the last turn
    const Time last = now_ + workload_.longest_first_reply;
    while (going_on() && !served_ && open_ > 0 && now_ < last) turn(schedule_ ? open_due(last) : last);
    if (served_ || loop_.is_stopped()) return;
    if (open_ > 0) fail_all(without_a_first_reply(workload_));
    if (result_.errors > 0) active_ = 0;  // places that have not been used yet would fail in the window
}

void ChurnGenerator::measure() {
    if (schedule_) open_due(now_);  // requests that became due during the last turn
    result_.sent_in_all = counted_.sent;
    counted_ = {};
    const Measurement measurement(marks_);
    now_ = last_progress_ = measurement.begin();
    if (schedule_) schedule_->begin_window(now_, counted_.punctuality);
    const auto run = [this](Time end) {
        run_until(end);
        return going_on();
    };
    measurement.run(now_ + workload_.duration, counted_, run, [this] { return counted_.messages > 0; });
    if (schedule_) {
        open_due(now_);  // requests that became due during the last turn
        schedule_->end_window(now_, counted_.punctuality);
    }
    measurement.end(counted_);
    result_.measured = counted_;
    if (schedule_ && workload_.answered()) await_due();
}

// Generator::await_due explains why.
void ChurnGenerator::await_due() {
    const auto awaits = [](const Place& place) { return place && place->outstanding() > 0; };
    const Time last = now_ + workload_.longest_wait;
    while (going_on() && now_ < last && (!schedule_->is_done() || std::ranges::any_of(places_, awaits)))
        turn(open_due(last));
    std::uint64_t unanswered = 0;
    for (const Place& place : places_) {
        if (!awaits(place)) continue;
        counted_.latency.record(now_ - place->asked_at(0));
        ++unanswered;
    }
    schedule_->finish(now_, unanswered, counted_, result_.measured);
}

Window ChurnGenerator::slice(nanoseconds length) {
    counted_ = {};
    const Measurement measurement(marks_);
    now_ = last_progress_ = measurement.begin();
    begin();
    run_until(measurement.begin() + length);
    if (schedule_)
        finish_due(measurement.begin() + length);
    else
        drain(Time::max());
    measurement.end(counted_);
    result_.sent_in_all += counted_.sent;
    return std::exchange(counted_, {});
}

// Opens a connection for all that was due by the end and waits until none is open. Places become free as connections
// end.
void ChurnGenerator::finish_due(Time end) {
    schedule_->pause(end);
    while (going_on() && (!schedule_->is_done() || open_ > 0)) turn(open_due(Time::max()));
    schedule_->end_slice(counted_.punctuality);
}

Result ChurnGenerator::result() const { return result_; }

// Waits for the outstanding replies. A reply of which nothing arrives is an error.
void ChurnGenerator::drain(Time last) {
    asking_ = Asking::no;
    last_progress_ = now_ = posix::Clock::now();  // the acknowledgement may have taken long
    while (going_on() && open_ > 0 && now_ < last) turn(last);
    if (going_on()) result_.unfinished = open_;
}

void ChurnGenerator::run_until(Time end) {
    while (going_on() && now_ < end) turn(schedule_ ? open_due(end) : end);
}

// Returns when to call it again. Connecting is slow enough that the clock is read again for each connection.
ChurnGenerator::Time ChurnGenerator::open_due(Time end) {
    now_ = posix::Clock::now();
    while (!free_.empty() && schedule_->is_due(now_)) {
        Place& place = *free_.front();
        free_.pop_front();
        open(place, schedule_->send(now_, counted_.punctuality));
        now_ = posix::Clock::now();
    }
    return free_.empty() ? end : std::min(end, schedule_->due());
}

// Everything that arrived before the wake-up is counted at the time of the wake-up.
void ChurnGenerator::turn(Time end) {
    const std::span<const epoll_event> events = loop_.wait_until(std::min(end, last_progress_ + workload_.stall_limit));
    now_ = posix::Clock::now();
    // The new connection of a reopened place gets events only after the next wait, so no event is stale.
    loop_.hand_out<Place>(events, [this](Place& place, std::uint32_t what) { serve(place, what); });
    if (now_ - last_progress_ >= workload_.stall_limit) end_stall();
}

void ChurnGenerator::open(Place& place, Time since) try {
    // Every connection sends a different message, so a reply to another connection's message is detected.
    const Outbox outbox(*payload_, *envelope_, payload_->nth(opened_));
    posix::UniqueFd socket = first_.take();
    if (!socket) socket = connected_socket();
    Connection& connection = place.emplace(std::move(socket), workload_.protocol, outbox, 1);
    ++opened_;
    ++open_;
    connection.ask(since);
    // Over loopback, connect(2) completes at once. Otherwise the socket becomes writable when it is connected.
    send(place);
    if (!place) return;
    const std::uint32_t writing = connection.has_unsent() ? EPOLLOUT : 0u;
    loop_.change(EPOLL_CTL_ADD, connection.fd(), EPOLLIN | EPOLLRDHUP | EPOLLET | writing, &place,
                 "cannot watch a connection with epoll");
} catch (const std::system_error& error) {
    fail(place, error.what());
}

posix::UniqueFd ChurnGenerator::connected_socket() {
    if (sources_.empty()) return posix::connect_to(workload_.endpoint, posix::Blocking::no);
    return posix::connect_from(sources_[opened_ % sources_.size()], workload_.endpoint, posix::Blocking::no);
}

void ChurnGenerator::serve(Place& place, std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) send(place);
    if (place && (events & ~EPOLLOUT) != 0) receive(place, events);
}

void ChurnGenerator::send(Place& place) {
    Connection& connection = *place;
    while (connection.has_unsent()) {
        const Connection::Sent sent = connection.send_some();
        if (sent.transfer.would_block()) return;
        if (sent.transfer.error != 0) return fail(place, posix::error_of(sent.transfer.error).message());
        counted_.sent += sent.transfer.size;
        last_progress_ = now_;
        if (sent.requests > 0 && !workload_.answered()) done(connection);
    }
}

void ChurnGenerator::receive(Place& place, std::uint32_t events) {
    Connection& connection = *place;
    // After a short read the socket is empty; only the end of file may be left.
    const bool may_be_ended = (events & ~(EPOLLIN | EPOLLOUT)) != 0;
    for (;;) {
        const posix::IoResult transfer = connection.receive(buffer_);
        if (transfer.would_block()) return;
        if (transfer.error != 0)
            return fail(place, posix::error_of(transfer.error).message() + hint_for_the_protocol());
        last_progress_ = now_;
        if (transfer.size == 0) return ended(place);
        counted_.received += transfer.size;
        const std::size_t replies = connection.check(std::span(buffer_).first(transfer.size));
        if (connection.wrong()) return fail(place, wrong_reply(workload_));
        if (replies > 0) done(connection);
        if (transfer.size < buffer_.size() && !may_be_ended) return;
    }
}

void ChurnGenerator::done(Connection& connection) {
    const Time since = connection.done();
    if (workload_.answered()) counted_.latency.record(now_ - since);
    ++counted_.messages;
    served_ = true;
    // If it fails, the next call on the socket reports the reason.
    ::shutdown(connection.fd(), SHUT_WR);
}

void ChurnGenerator::ended(Place& place) {
    if (place->outstanding() > 0) return fail(place, "the server closed the connection" + hint_for_the_protocol());
    place.reset();
    --open_;
    if (asking_ == Asking::again)
        open(place, posix::Clock::now());
    else
        free_.push_back(&place);
}

void ChurnGenerator::end_stall() {
    fail_all(stalled(workload_) + hint_for_the_protocol());
    last_progress_ = now_;  // in an open loop it is not a stall if nothing was due
}

std::string ChurnGenerator::hint_for_the_protocol() const {
    return workload_.answered() && !served_ ? without_a_reply(workload_) : "";
}

void ChurnGenerator::fail_all(const std::string& why) {
    for (Place& place : places_)
        if (place) fail(place, why);
}

void ChurnGenerator::fail(Place& place, const std::string& why) {
    if (result_.errors++ == 0)
        result_.error = fmt::format("one of {} connections to {}: {}", opened_, workload_.endpoint.text(), why);
    --active_;
    if (place) --open_;
    place.reset();
}

}  // namespace iomux::load
