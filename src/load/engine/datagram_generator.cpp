#include "load/engine/datagram_generator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::load {
namespace {

// Holds the longest datagram, so none is truncated.
constexpr std::size_t datagram_buffer_size = 64 * 1024;

// No connection sends as many requests, so its numbers never reach those of the next connection.
constexpr int bits_of_a_connections_numbers = 40;

// How many lost requests are replaced per turn. Replies are read between turns; more requests at once would only be
// lost again.
constexpr std::size_t most_given_up_per_turn = 64;

// How much of a socket's receive buffer the kernel uses for a datagram of this size.
constexpr std::size_t kept_size(std::size_t datagram) { return 2 * datagram + 1024; }

void note_unanswered(Result& result, const posix::Endpoint& endpoint, std::uint64_t datagrams,
                     std::chrono::nanoseconds within) {
    if (result.errors > 0) return;
    result.errors = 1;
    result.error = fmt::format("{}: none of {} datagrams was answered within {:.3g} s", endpoint.text(), datagrams,
                               std::chrono::duration<double>(within).count());
}

}  // namespace

// Edge-triggered, because then the kernel does not check a socket again after it was read until empty. With service
// discard it is level-triggered: the generator waits only for writable sockets and needs every event.
DatagramGenerator::DatagramGenerator(Workload workload, const posix::EventFd& stop, WindowMarks marks)
    : workload_(std::move(workload)),
      marks_(std::move(marks)),
      messages_(workload_.size, workload_.protocol.reply_suffix(), workload_.seed),
      trigger_(workload_.answered() ? EPOLLET : 0u),
      loop_(stop),
      buffer_(datagram_buffer_size),
      active_(workload_.connections),
      now_(posix::Clock::now()) {}

Result DatagramGenerator::run() {
    open_all();
    run_until(now_ + workload_.warmup);
    if (going_on()) measure();
    result_.stopped = loop_.is_stopped();
    if (going_on()) marks_.acknowledged();
    if (going_on()) drain();
    if (counted_.messages == 0 && counted_.datagrams.lost > 0)
        note_unanswered(result_, workload_.endpoint, counted_.datagrams.lost, workload_.lost_after);
    result_.sent_in_all += counted_.sent;
    return std::move(result_);
}

// Reads replies between the first requests, so that the first requests of all connections do not flood the server.
void DatagramGenerator::open_all() {
    while (connections_.size() < workload_.connections && going_on()) {
        open();
        turn(now_);
    }
}

void DatagramGenerator::open() try {
    const std::uint64_t number = connections_.size();
    DatagramConnection& connection =
        connections_.emplace_back(posix::datagram_socket_to(workload_.endpoint, posix::Blocking::no),
                                  number << bits_of_a_connections_numbers, workload_.depth);
    const std::size_t reply = workload_.size.highest() + workload_.protocol.reply_suffix().size();
    posix::make_room_for_receiving(connection.fd(), workload_.depth * kept_size(reply));
    loop_.change(EPOLL_CTL_ADD, connection.fd(), EPOLLIN | trigger_, &connection, "cannot watch a socket with epoll");
    send(connection);
} catch (const std::system_error& error) {
    fail(error.what());
    active_ = 0;
}

void DatagramGenerator::measure() {
    result_.sent_in_all = counted_.sent;
    counted_ = {};
    const Measurement measurement(marks_);
    now_ = measurement.begin();
    const auto run = [this](Time end) {
        run_until(end);
        return going_on();
    };
    measurement.run(now_ + workload_.duration, counted_, run, [this] { return counted_.messages > 0; });
    measurement.end(counted_);
    result_.measured = counted_;
}

void DatagramGenerator::drain() {
    asking_ = Asking::no;
    while (going_on() && !on_their_way_.empty()) turn(Time::max());
}

void DatagramGenerator::connect() {
    open_all();
    await_silence();
}

Window DatagramGenerator::slice(std::chrono::nanoseconds length) {
    result_.sent_in_all += counted_.sent;  // while connecting
    counted_ = {};
    const Measurement measurement(marks_);
    now_ = measurement.begin();
    asking_ = Asking::yes;
    // Reads replies in between, as `open_all` does.
    for (DatagramConnection& connection : connections_) {
        if (connection.is_open()) send(connection);
        if (going_on()) turn(now_);
    }
    run_until(measurement.begin() + length);
    await_silence();
    measurement.end(counted_);
    result_.sent_in_all += counted_.sent;
    answered_in_slices_ += counted_.messages;
    lost_in_slices_ += counted_.datagrams.lost;
    return std::exchange(counted_, {});
}

Result DatagramGenerator::result() const {
    Result result = result_;
    result.sent_in_all += counted_.sent;
    if (answered_in_slices_ == 0 && lost_in_slices_ > 0)
        note_unanswered(result, workload_.endpoint, lost_in_slices_, longest_silence);
    return result;
}

void DatagramGenerator::await_silence() {
    asking_ = Asking::no;
    Time last_reply = now_ = posix::Clock::now();
    while (going_on() && !on_their_way_.empty() && now_ - last_reply < longest_silence) {
        const std::uint64_t before = counted_.received;
        turn(last_reply + longest_silence);
        if (counted_.received != before) last_reply = now_;
    }
    while (!on_their_way_.empty()) lose(on_their_way_.front());
}

void DatagramGenerator::run_until(Time end) {
    while (going_on() && now_ < end) turn(end);
}

// The clock is read once per wake-up. Generator::turn explains what that means for latencies.
void DatagramGenerator::turn(Time end) {
    const Time wake_up =
        on_their_way_.empty() ? end : std::min(end, on_their_way_.front().sent_at + workload_.lost_after);
    const std::span<const epoll_event> events = loop_.wait(posix::milliseconds_until(wake_up));
    now_ = posix::Clock::now();
    // A connection is closed while its own event is handled or after the last event, so no event is stale.
    loop_.hand_out<DatagramConnection>(
        events, [this](DatagramConnection& connection, std::uint32_t what) { serve(connection, what); });
    // Only after all replies are read: a reply that arrived in time is not lost because it is read late.
    give_up_lost();
}

void DatagramGenerator::serve(DatagramConnection& connection, std::uint32_t events) {
    if ((events & ~EPOLLOUT) != 0) receive(connection);
    if (connection.is_open()) send(connection);
}

// Stops when no request is outstanding. Datagrams left in the socket are read before the next reply.
void DatagramGenerator::receive(DatagramConnection& connection) {
    do {
        const posix::IoResult transfer = connection.receive(buffer_);
        if (transfer.would_block()) return;
        if (transfer.error != 0) return fail(connection, posix::error_of(transfer.error).message());
        counted_.received += transfer.size;
        if (!take(connection, std::span(buffer_).first(transfer.size)))
            return fail(connection, wrong_datagram(workload_));
    } while (connection.outstanding() > 0);
}

// Returns false if the reply is wrong.
bool DatagramGenerator::take(DatagramConnection& connection, protocol::Bytes reply) {
    const std::optional<std::uint64_t> number = messages_.number_in(reply);
    if (!number || !connection.has_sent(*number) || !workload_.answered()) return false;
    DatagramRequest* const request = connection.find(*number);
    if (request == nullptr) {
        ++counted_.datagrams.late;
        return true;
    }
    counted_.latency.record(now_ - request->sent_at);
    ++counted_.messages;
    connection.done(*request);
    return true;
}

// With service discard a request is done once it is sent. The loop is bounded, so that every connection gets its turn.
void DatagramGenerator::send(DatagramConnection& connection) {
    if (asking_ == Asking::no) return;
    for (std::size_t i = 0; i < workload_.depth && connection.has_unsent(); ++i) {
        const posix::IoResult transfer = connection.send_next(messages_);
        if (transfer.would_block()) break;
        if (transfer.error != 0) return fail(connection, posix::error_of(transfer.error).message());
        counted_.sent += transfer.size;
        ++counted_.datagrams.sent;
        DatagramRequest& request = connection.sent(now_);
        if (workload_.answered()) {
            on_their_way_.push_back(request);
        } else {
            ++counted_.messages;
            connection.done(request);
        }
    }
    watch(connection);
}

void DatagramGenerator::give_up_lost() {
    for (std::size_t i = 0; i < most_given_up_per_turn && !on_their_way_.empty(); ++i) {
        DatagramRequest& oldest = on_their_way_.front();
        if (now_ - oldest.sent_at < workload_.lost_after) return;
        DatagramConnection& connection = *oldest.connection;
        lose(oldest);
        send(connection);
    }
}

void DatagramGenerator::lose(DatagramRequest& request) {
    ++counted_.datagrams.lost;
    request.connection->done(request);
}

void DatagramGenerator::watch(DatagramConnection& connection) {
    if (connection.has_unsent() == connection.watched_for_writing) return;
    connection.watched_for_writing = connection.has_unsent();
    const std::uint32_t events = EPOLLIN | (connection.watched_for_writing ? EPOLLOUT : 0u);
    loop_.change(EPOLL_CTL_MOD, connection.fd(), events | trigger_, &connection, "cannot watch a socket with epoll");
}

void DatagramGenerator::fail(DatagramConnection& connection, const std::string& why) {
    const std::uint64_t number = connection.first_number() >> bits_of_a_connections_numbers;
    fail(fmt::format("connection {} to {}: {}", number, workload_.endpoint.text(), why));
    --active_;
    connection.close();
}

void DatagramGenerator::fail(const std::string& why) {
    if (result_.errors++ == 0) result_.error = why;
}

}  // namespace iomux::load
