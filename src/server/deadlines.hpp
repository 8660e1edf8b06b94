#pragma once

#include <boost/intrusive/list.hpp>

#include "posix/clock.hpp"

namespace iomux::server {

/// Something that must be over by a time. Leaves its list when it is destroyed.
class Timed : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
private:
    friend class Deadlines;
    posix::Clock::time_point due_;
};

/// Who must be over by when, in the order of their times: all are given the same time, so who comes last is due
/// last, and neither adding nor looking costs more when there are many.
class Deadlines {
public:
    void add(Timed& member, posix::Clock::duration time) {
        member.due_ = posix::Clock::now() + time;
        members_.push_back(member);
    }

    posix::Deadline next() const {
        return members_.empty() ? posix::Deadline() : posix::Deadline(members_.front().due_);
    }

    /// Somebody whose time has come, or null. Reads no clock while nobody waits.
    Timed* expired() {
        return members_.empty() || posix::Clock::now() < members_.front().due_ ? nullptr : &members_.front();
    }

private:
    boost::intrusive::list<Timed, boost::intrusive::constant_time_size<false>> members_;
};

}  // namespace iomux::server
