#include "conversation.hpp"

#include <poll.h>

#include <algorithm>
#include <random>
#include <stdexcept>

namespace iomux::conformance {

std::string message(std::size_t size, unsigned number) {
    std::minstd_rand random(number + 1);
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>('a' + random() % 26);
    return text;
}

void Conversation::ask(std::string message) {
    messages_.push_back(std::move(message));
    checker_.expect(protocol::as_bytes(messages_.back()));
    protocol::append_request(protocol_, protocol::as_bytes(messages_.back()), requests_);
}

void Conversation::ask_times(std::size_t times, std::size_t size) {
    for (; times > 0; --times) ask(message(size, static_cast<unsigned>(times)));
}

void Conversation::send_fragment(std::size_t size) {
    const std::string_view fragment = unsent().substr(0, size);
    client_.send(fragment);
    sent_ += fragment.size();
}

void Conversation::send_all() { send_fragment(unsent().size()); }

std::size_t Conversation::send_what_fits(std::chrono::milliseconds time_limit) {
    const std::size_t size = all_sent() ? 0 : client_.send_some(unsent(), time_limit);
    sent_ += size;
    return size;
}

void Conversation::await_answers() {
    while (!all_sent() || checker_.outstanding() > 0) {
        const short events = client_.wait(!all_sent());
        if (events & POLLOUT) sent_ += client_.send_some(unsent(), patience);
        if ((events & ~POLLOUT) != 0 && !receive())
            throw std::runtime_error("end of file with " + std::to_string(checker_.outstanding()) +
                                     " requests unanswered");
    }
}

void Conversation::await_end() {
    while (receive()) continue;
    if (checker_.outstanding() > 0)
        throw std::runtime_error("end of file with " + std::to_string(checker_.outstanding()) + " requests unanswered");
}

void Conversation::finish() {
    await_answers();
    client_.end_sending();
    await_end();
}

// Returns false at the end of file.
bool Conversation::receive() {
    const std::string bytes = client_.receive_some();
    received_ += bytes.size();
    replies_ += checker_.check(protocol::as_bytes(bytes));
    if (checker_.wrong()) throw std::runtime_error("a wrong reply before byte " + std::to_string(received_));
    return !bytes.empty();
}

}  // namespace iomux::conformance
