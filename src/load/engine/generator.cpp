#include "load/engine/generator.hpp"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::load {
namespace {

using namespace std::chrono;

// The most connections of all threads that may wait for their first reply. It is less than the usual backlog of a
// server: if the backlog overflows, the kernel retries a connection only after a second.
constexpr std::size_t most_unserved = 64;

// The patience with further connections after some were skipped: they are unlikely to be served sooner.
constexpr nanoseconds patience_of_the_warned = milliseconds(20);

// How often to look whether the server has taken the bytes.
constexpr nanoseconds between_looks = microseconds(50);

// Bytes that the peer has not taken: not acknowledged over TCP, not read over a Unix socket. Negative: errno.
int untaken_bytes(int socket) {
    int bytes = 0;
    return ::ioctl(socket, SIOCOUTQ, &bytes) < 0 ? -errno : bytes;
}

}  // namespace

// Edge-triggered, because then the kernel does not check a socket again after it was read until empty. With service
// discard it is level-triggered: the generator waits only for writable sockets and needs every event.
Generator::Generator(Workload workload, const posix::EventFd& stop, WindowMarks marks,
                     std::shared_ptr<SharedByThreads> shared)
    : workload_(std::move(workload)),
      marks_(std::move(marks)),
      shared_(std::move(shared)),
      trigger_(workload_.answered() ? EPOLLET : 0u),
      loop_(stop),
      buffer_(receive_buffer_size),
      active_(workload_.connections),
      now_(posix::Clock::now()),
      last_progress_(now_) {
    connections_.reserve(workload_.connections + workload_.idle);
}

Result Generator::run() {
    connect();
    if (going_on()) marks_.connected();
    if (going_on()) warm_up();
    if (going_on()) measure();
    result_.stopped = loop_.is_stopped();
    if (going_on()) marks_.acknowledged();
    if (going_on()) give_up_starved();
    if (going_on()) drain(posix::Clock::now() + workload_.longest_drain);
    result_.sent_in_all += counted_.sent;
    return std::move(result_);
}

// A connection that gets no reply while others are served is skipped: the load starts without it. It may still be
// served later.
void Generator::connect() {
    reach_server();
    if (!going_on()) return;
    payload_.emplace(workload_.size, workload_.protocol.reply_suffix(), workload_.seed);
    envelope_.emplace(workload_.protocol, payload_->sizes());
    now_ = last_progress_ = posix::Clock::now();
    const std::size_t wanted = connections_.capacity();
    const std::size_t most_at_once = std::max<std::size_t>(1, most_unserved / workload_.threads);
    nanoseconds patience = workload_.patience;
    std::size_t skipped = 0, unserved = 0;
    Time last_served = now_;
    while (going_on() && (connections_.size() < wanted || outstanding_ > skipped)) {
        while (connections_.size() < wanted && outstanding_ < skipped + most_at_once && going_on()) open();
        // Limited, because nothing wakes this thread if a connection of another thread is the first to be served.
        unserved = outstanding_;
        turn(std::max(now_, last_progress_) + patience);
        if (outstanding_ < unserved) last_served = now_;
        if (now_ - last_served >= workload_.longest_first_reply) fail(without_a_first_reply(workload_));
        if (shared_->any_served && now_ - last_progress_ >= patience) {
            skipped = outstanding_;
            patience = std::min(patience, patience_of_the_warned);
            last_progress_ = now_;
        }
        if (result_.errors > 0) give_up();
    }
}

void Generator::reach_server() try {
    first_.await(posix::connect_to(workload_.endpoint, posix::Blocking::no), loop_, workload_);
} catch (const std::system_error& error) {
    give_up_connecting(error);
}

void Generator::open() try {
    const std::size_t number = connections_.size();
    const std::size_t depth = number < workload_.connections ? workload_.depth : 1;
    posix::UniqueFd socket = first_.take();
    if (!socket) socket = posix::connect_to(workload_.endpoint, posix::Blocking::no);
    Connection& connection = connections_.emplace_back(
        std::move(socket), workload_.protocol,
        Outbox(*payload_, *envelope_, payload_->first(workload_.first_connection + number)), depth);
    ask(connection, 1, now_);
    connection.watched_for_writing = true;
    loop_.change(EPOLL_CTL_ADD, connection.fd(), EPOLLIN | EPOLLRDHUP | EPOLLOUT | trigger_, &connection,
                 "cannot watch a connection with epoll");
} catch (const std::system_error& error) {
    give_up_connecting(error);
}

void Generator::warm_up() {
    if (workload_.open_loop)
        begin_open_loop();
    else
        begin_closed_loop();
    last_progress_ = now_;
    run_until(now_ + workload_.warmup);
}

void Generator::begin_closed_loop() {
    asking_ = Asking::again;
    for (Connection& connection : std::span(connections_).first(workload_.connections)) {
        if (!connection.is_open()) continue;
        now_ = posix::Clock::now();
        ask(connection, workload_.depth - connection.outstanding(), now_);
        send(connection);
    }
}

void Generator::begin_open_loop() {
    asking_ = Asking::when_due;
    now_ = posix::Clock::now();
    schedule_.emplace(*workload_.open_loop, now_);
    for (std::size_t request = 0; request < workload_.depth; ++request)
        for (Connection& connection : std::span(connections_).first(workload_.connections))
            if (connection.outstanding() + request < workload_.depth) free_.push_back(&connection);
}

void Generator::measure() {
    if (schedule_) ask_due(now_);  // requests that became due during the last turn
    result_.sent_in_all = counted_.sent;
    counted_ = {};
    const Measurement measurement(marks_);
    now_ = last_progress_ = measurement.begin();
    if (schedule_) schedule_->begin_window(now_, counted_.punctuality);
    const auto run = [this](Time end) {
        run_until(end);
        return going_on() && served_;
    };
    // A thread does not wait for a message of its own: its window would be longer than those of the other threads.
    const auto has_message = [this] {
        if (counted_.messages > 0) shared_->any_measured = true;
        return shared_->any_measured.load();
    };
    measurement.run(now_ + workload_.duration, counted_, run, has_message);
    if (schedule_) {
        ask_due(now_);  // requests that became due during the last turn
        schedule_->end_window(now_, counted_.punctuality);
    }
    measurement.end(counted_);
    result_.measured = counted_;
    if (schedule_ && workload_.answered()) await_due();
}

// If the server stalls at the end of the window, the latencies of all requests that were due are still recorded.
void Generator::await_due() {
    const auto awaits = [](const Connection& one) { return one.outstanding() > first_scheduled(one); };
    const Time last = now_ + workload_.longest_wait;
    while (going_on() && now_ < last && (!schedule_->is_done() || std::ranges::any_of(connections_, awaits)))
        turn(ask_due(last));
    std::uint64_t unanswered = 0;
    for (const Connection& connection : connections_)
        for (std::size_t i = first_scheduled(connection); i < connection.outstanding(); ++i, ++unanswered)
            counted_.latency.record(now_ - connection.asked_at(i));
    schedule_->finish(now_, unanswered, counted_, result_.measured);
}

// The first request of a connection is sent when it connects. It may still be outstanding.
std::size_t Generator::first_scheduled(const Connection& connection) { return connection.was_served() ? 0 : 1; }

void Generator::give_up_starved() {
    for (std::size_t number = 0; number < connections_.size(); ++number) {
        Connection& connection = connections_[number];
        if (connection.was_served() || !connection.is_open()) continue;
        ++result_.starved;
        if (number < workload_.connections) --active_;
        outstanding_ -= connection.outstanding();
        connection.close();
    }
}

Window Generator::slice(nanoseconds length) {
    result_.sent_in_all += counted_.sent;  // while connecting
    counted_ = {};
    const Measurement measurement(marks_);
    now_ = last_progress_ = measurement.begin();
    if (workload_.open_loop)
        resume_open_loop();
    else
        begin_closed_loop();
    run_until(measurement.begin() + length);
    give_up_starved();
    if (schedule_) finish_due(measurement.begin() + length);
    drain(Time::max());
    if (!workload_.answered()) await_taken();
    measurement.end(counted_);
    result_.sent_in_all += counted_.sent;
    return std::exchange(counted_, {});
}

void Generator::resume_open_loop() {
    if (!schedule_) return begin_open_loop();
    asking_ = Asking::when_due;
    schedule_->resume(now_);
}

// Sends what was due by the end and waits for all replies, with which connections become free.
void Generator::finish_due(Time end) {
    schedule_->pause(end);
    while (going_on() && (!schedule_->is_done() || outstanding_ > 0)) turn(ask_due(Time::max()));
    schedule_->end_slice(counted_.punctuality);
}

Result Generator::result() const {
    Result result = result_;
    result.sent_in_all += counted_.sent;
    const auto waits = [](const Connection& one) { return one.is_open() && !one.was_served(); };
    if (going_on()) result.starved += static_cast<std::uint64_t>(std::ranges::count_if(connections_, waits));
    return result;
}

// Waits for the outstanding replies. A reply of which nothing arrives is an error.
void Generator::drain(Time last) {
    asking_ = Asking::no;
    last_progress_ = now_ = posix::Clock::now();  // the acknowledgement may have taken long
    while (going_on() && outstanding_ > 0 && now_ < last) turn(last);
    if (going_on()) result_.unfinished = outstanding_;
}

// With service discard, no reply shows that the server has the bytes.
void Generator::await_taken() {
    for (std::uint64_t before = 0; going_on();) {
        const std::uint64_t left = bytes_to_take(now_ - last_progress_ >= workload_.stall_limit);
        if (left == 0) return;
        if (left != before) last_progress_ = now_;
        before = left;
        hand_out(loop_.wait_until(now_ + between_looks));
    }
}

// On all connections. A connection whose bytes are not taken fails if it is time to give up.
std::uint64_t Generator::bytes_to_take(bool give_up) {
    std::uint64_t sum = 0;
    for (Connection& connection : connections_) {
        if (!connection.is_open()) continue;
        const int bytes = untaken_bytes(connection.fd());
        if (bytes < 0)
            fail(connection, fmt::format("cannot read how many bytes the server has not taken (SIOCOUTQ): {}",
                                         posix::error_of(-bytes).message()));
        else if (bytes > 0 && give_up)
            fail(connection, stalled(workload_));
        else
            sum += static_cast<std::uint64_t>(bytes);
    }
    return sum;
}

void Generator::run_until(Time end) {
    while (going_on() && now_ < end) turn(schedule_ ? ask_due(end) : end);
}

// Returns when to call it again. It reads the clock, because the time of the last wake-up would make requests late.
Generator::Time Generator::ask_due(Time end) {
    now_ = posix::Clock::now();
    while (!free_.empty() && schedule_->is_due(now_)) {
        Connection& connection = *free_.front();
        free_.pop_front();
        if (!connection.is_open()) continue;
        ask(connection, 1, schedule_->send(now_, counted_.punctuality));
        send(connection);
    }
    return free_.empty() ? end : std::min(end, schedule_->due());
}

// The clock is read once per wake-up. Everything that arrived before it is counted at that time, and everything that is
// sent before the next wake-up counts as sent at that time. So a latency is never too short, and at most one turn too
// long. On average it is exact: the time that a turn adds to one latency of a connection is missing from its next.
void Generator::turn(Time end) {
    hand_out(wait(std::min(end, last_progress_ + workload_.stall_limit)));
    if (now_ - last_progress_ >= workload_.stall_limit) end_stall();
}

void Generator::hand_out(std::span<const epoll_event> events) {
    now_ = posix::Clock::now();
    // A connection is closed while its own event is handled or after the last event, so no event is stale.
    loop_.hand_out<Connection>(events, [this](Connection& connection, std::uint32_t what) { serve(connection, what); });
}

// An open loop needs time-outs shorter than the milliseconds of epoll_wait(2).
std::span<const epoll_event> Generator::wait(Time wake_up) {
    if (schedule_) return loop_.wait_until(wake_up);
    const auto timeout =
        std::clamp<std::int64_t>(ceil<milliseconds>(wake_up - now_).count(), 0, std::numeric_limits<int>::max());
    return loop_.wait(static_cast<int>(timeout));
}

void Generator::serve(Connection& connection, std::uint32_t events) {
    if ((events & ~EPOLLOUT) != 0) receive(connection, events);
    if (connection.is_open()) send(connection);
}

void Generator::receive(Connection& connection, std::uint32_t events) {
    // After a short read the socket is empty; only the end of file may be left.
    const bool ended = (events & ~(EPOLLIN | EPOLLOUT)) != 0;
    for (;;) {
        const posix::IoResult transfer = connection.receive(buffer_);
        if (transfer.would_block()) return;
        if (transfer.error != 0)
            return fail(connection, posix::error_of(transfer.error).message() + hint_for_the_protocol());
        if (transfer.size == 0) return fail(connection, "the server closed the connection" + hint_for_the_protocol());
        counted_.received += transfer.size;
        last_progress_ = now_;
        const std::size_t replies = connection.check(std::span(buffer_).first(transfer.size));
        if (connection.wrong()) return fail(connection, wrong_reply(workload_));
        done(connection, replies);
        if (transfer.size < buffer_.size() && !ended) return;
    }
}

void Generator::send(Connection& connection) {
    std::size_t requests = 0;
    while (connection.has_unsent()) {
        const Connection::Sent sent = connection.send_some();
        if (sent.transfer.would_block()) break;
        if (sent.transfer.error != 0) return fail(connection, posix::error_of(sent.transfer.error).message());
        counted_.sent += sent.transfer.size;
        last_progress_ = now_;
        requests += sent.requests;
        if (sent.blocked) break;
    }
    if (!workload_.answered()) done(connection, requests);
    watch(connection);
}

void Generator::done(Connection& connection, std::size_t requests) {
    for (std::size_t i = 0; i < requests; ++i) {
        const Time asked_at = connection.done();
        if (workload_.answered()) counted_.latency.record(now_ - asked_at);
    }
    counted_.messages += requests;
    if (requests > 0 && !served_) {
        served_ = true;
        shared_->any_served = true;
    }
    outstanding_ -= requests;
    if (is_idle(connection)) return;
    if (asking_ == Asking::again) ask(connection, requests, now_);
    if (asking_ == Asking::when_due) free_.insert(free_.end(), requests, &connection);
}

void Generator::ask(Connection& connection, std::size_t requests, Time at) {
    for (std::size_t i = 0; i < requests; ++i) connection.ask(at);
    outstanding_ += requests;
}

// Watches for writability only while there is something to send, because a Unix socket reports it whenever its peer has
// read.
void Generator::watch(Connection& connection) {
    if (connection.has_unsent() == connection.watched_for_writing) return;
    connection.watched_for_writing = connection.has_unsent();
    const std::uint32_t events = EPOLLIN | EPOLLRDHUP | (connection.watched_for_writing ? EPOLLOUT : 0u);
    loop_.change(EPOLL_CTL_MOD, connection.fd(), events | trigger_, &connection,
                 "cannot watch a connection with epoll");
}

// If only connections of other threads are served, these connections are starved.
void Generator::end_stall() {
    const std::string why = stalled(workload_) + hint_for_the_protocol();
    const bool starves = !served_ && shared_->any_served;
    for (Connection& connection : connections_)
        if (connection.outstanding() > 0 && !starves) fail(connection, why);
    last_progress_ = now_;  // in an open loop it is not a stall if nothing was due
}

std::string Generator::hint_for_the_protocol() const {
    return workload_.answered() && !shared_->any_served ? without_a_reply(workload_) : "";
}

void Generator::fail(Connection& connection, const std::string& why) {
    const bool idle = is_idle(connection);
    const std::size_t number = workload_.first_connection + static_cast<std::size_t>(&connection - connections_.data());
    const std::string where = workload_.endpoint.text();
    fail(fmt::format("{} {} to {}: {}", idle ? "idle connection" : "connection", number, where, why));
    if (!idle && active_ > 0 && --active_ == 0) give_up();
    outstanding_ -= connection.outstanding();
    connection.close();
}

void Generator::give_up_connecting(const std::system_error& error) {
    if (!loop_.check_stop()) fail(error.what());  // otherwise a signal has interrupted it
    give_up();
}

void Generator::give_up() {
    active_ = 0;
    marks_.gives_up();
}

void Generator::fail(const std::string& why) {
    if (result_.errors++ == 0) result_.error = why;
}

}  // namespace iomux::load
