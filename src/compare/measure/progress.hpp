#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace iomux::compare {

struct ServerSpec;
struct ServerResult;
struct Sample;
struct TurnSample;

/// Shows the progress of a comparison. On a terminal, standard error shows one line that is overwritten; otherwise
/// nothing is shown. Derived classes receive more detailed events.
class Progress {
public:
    Progress();
    /// Wipes the line.
    virtual ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Sets the part that later steps belong to: `throughput 2/4 (100 connections)`. `besides`: what is left of other
    /// parts that will be continued; it is added to the time left.
    void enter(std::string part, std::chrono::seconds besides = std::chrono::seconds(0)) {
        part_ = std::move(part);
        besides_ = besides;
    }
    /// All that follows is about this point of a scenario; the first is 1.
    virtual void point_begins(std::size_t) {}
    /// Shows `epoll: round 2/5, 34 s left`, cut at the terminal's width.
    virtual void show(std::string_view server, std::string_view step, std::chrono::seconds left);

    /// The system calls of the row's server have been counted, or cannot be counted.
    virtual void calls_counted(const ServerResult&) {}
    /// Called before and after each round of a server. Rounds are numbered from 1; the result is the last round of the
    /// row.
    virtual void round_begins(const ServerSpec&, std::size_t) {}
    virtual void round_ended(const ServerResult&) {}
    /// Whether the load generator should send samples during a round, and the callback for each sample.
    virtual bool wants_samples() const { return false; }
    virtual void passes(const Sample&) {}
    /// Called before a session, with its number from 1 and its number of cycles. If a comparison is continued, this and
    /// `session_ended` are first called for the last session that it has, without turns.
    virtual void session_begins(std::size_t, std::size_t) {}
    /// Called after each turn of a server that counts.
    virtual void turn_ended(const ServerSpec&, const TurnSample&) {}
    /// Called after a session with all rows so far, and with the title of the baseline that the plan names.
    virtual void session_ended(std::span<const ServerResult>, std::string_view) {}

protected:
    std::chrono::seconds with_other_parts(std::chrono::seconds left) const { return left + besides_; }

private:
    bool on_terminal_;
    std::string part_;
    std::chrono::seconds besides_{0};
};

/// A part of a larger progress. Its steps are shown with its name, and the time left includes all later parts. Derived
/// classes of the whole receive only the steps, not the events of rounds.
class ProgressOfPart : public Progress {
public:
    /// The whole must outlive the part.
    ProgressOfPart(Progress& whole, std::string name, std::chrono::seconds behind)
        : whole_(whole), name_(std::move(name)), behind_(behind) {}

    void show(std::string_view server, std::string_view step, std::chrono::seconds left) override;

private:
    Progress& whole_;
    std::string name_;
    std::chrono::seconds behind_;
};

}  // namespace iomux::compare
