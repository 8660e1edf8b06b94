#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace iomux::compare {

struct ServerSpec;
struct ServerResult;
struct Sample;

/// How a comparison goes on: one line on standard error, written over and over, where that is a terminal; silence
/// where it is not. Others may listen more closely.
class Progress {
public:
    Progress();
    /// Wipes the line.
    virtual ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// From now on, what is shown is a step of this: `throughput 2/4 (100 connections)`.
    void enter(std::string part) { part_ = std::move(part); }
    /// `epoll: round 2/5, 34 s left`, cut where the terminal ends.
    virtual void show(std::string_view server, std::string_view step, std::chrono::seconds left);

    /// The system calls of the row's server have been counted, or cannot be.
    virtual void calls_counted(const ServerResult&) {}
    /// The server's next round, the first is 1; and what has come of it, the last of the row's.
    virtual void round_begins(const ServerSpec&, std::size_t) {}
    virtual void round_ended(const ServerResult&) {}
    /// Whether the load is to say within a round what it has counted, and what it says.
    virtual bool wants_samples() const { return false; }
    virtual void passes(const Sample&) {}

private:
    bool on_terminal_;
    std::string part_;
};

/// A part of what is shown: its steps are shown with its name, and with the time that all behind it takes besides. Who
/// listens more closely hears of them alone, and not of rounds.
class ProgressOfPart : public Progress {
public:
    /// The whole must outlive it.
    ProgressOfPart(Progress& whole, std::string name, std::chrono::seconds behind)
        : whole_(whole), name_(std::move(name)), behind_(behind) {}

    void show(std::string_view server, std::string_view step, std::chrono::seconds left) override;

private:
    Progress& whole_;
    std::string name_;
    std::chrono::seconds behind_;
};

}  // namespace iomux::compare
