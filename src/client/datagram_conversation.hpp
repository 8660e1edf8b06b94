#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "client/agreement_hint.hpp"
#include "client/script.hpp"
#include "posix/clock.hpp"
#include "posix/endpoint.hpp"
#include "posix/event_fd.hpp"
#include "posix/unique_fd.hpp"
#include "protocol/protocol_config.hpp"

namespace iomux::client {

/// One UDP socket, served by one thread with blocking calls. A message is one datagram, and so is its reply.
class DatagramConversation {
public:
    /// `server`, `script` and `hint` outlive the conversation. Throws std::system_error.
    DatagramConversation(std::size_t number, const posix::Endpoint& server, const Script& script, AgreementHint& hint);

    /// Runs the script until it is done, `stop` is notified, or an error occurs. A datagram without a reply in time is
    /// lost, and the script continues. Prints replies on standard output and errors on standard error.
    void talk(const posix::EventFd& stop);

    bool failed() const { return failed_; }
    /// How many datagrams were sent.
    std::uint64_t sent() const { return sent_; }
    /// How many of them got no reply in time.
    std::uint64_t lost() const { return lost_; }

private:
    enum class Waited { readable, timed_out, stopped };

    bool send_request();
    bool receive_reply();
    bool pause() const;
    bool expect_no_datagram();

    Waited wait(int fd, posix::Clock::time_point end) const;
    bool lose();
    bool fail_at_reply(std::string_view kind, protocol::Bytes reply);
    bool print(std::string_view what, protocol::Bytes bytes);
    bool broke_off(int error);
    bool fail(std::string_view why);

    const std::size_t number_;
    const posix::Endpoint& server_;
    const Script& script_;
    AgreementHint& hint_;
    const std::string reply_;  // to every message
    posix::UniqueFd fd_;
    const posix::EventFd* stop_ = nullptr;
    std::uint64_t sent_ = 0;
    std::uint64_t lost_ = 0;
    bool was_answered_ = false;
    bool failed_ = false;
};

}  // namespace iomux::client
