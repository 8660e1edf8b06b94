#pragma once

#include <string>
#include <vector>

#include "compare/process/temporary_folder.hpp"
#include "compare/web/run_queue.hpp"

namespace iomux::compare::web {

/// Some servers of the project, one that is not available here, and one of the user's own.
inline std::vector<ServerSpec> some_servers() {
    ServerSpec absent{.name = "absent", .path = "/absent"};
    absent.unavailable = "the kernel is too old";
    return {{.name = "epoll", .path = "/raw", .program = "raw"},
            {.name = "select", .path = "/raw", .program = "raw"},
            {.name = "poll", .path = "/raw", .program = "raw"},
            absent,
            parse_brought("mine=my-server {port}")};
}

/// Work is done at once.
inline void in_this_thread(const std::function<std::function<void()>()>& work) { work()(); }

inline constexpr const char* finished =
    R"({"event":"finished","results":{"format":"iomux-trace","version":1,"size":64,"note":"","servers":[]}})";
/// What is stored of it.
inline constexpr const char* stored =
    "{\"format\":\"iomux-trace\",\"version\":1,\"size\":64,\"note\":\"\",\"servers\":[]}\n";

/// Fake processes, controlled by the test.
struct Puppets {
    struct Puppet : RunningProcess {
        explicit Puppet(Puppets& all) : puppets(all) { ++puppets.alive; }
        ~Puppet() override { --puppets.alive; }
        void ask_to_end() override { ++puppets.asked_to_end; }
        Puppets& puppets;
    };

    Launch launch() {
        return [this](const std::vector<std::string>& arguments, ProcessListener to_tell) {
            started.push_back(arguments);
            listener = std::move(to_tell);
            return std::make_unique<Puppet>(*this);
        };
    }

    QueueHooks hooks(std::function<void()> changed = [] {}) {
        return {.launch = launch(), .background = in_this_thread, .changed = std::move(changed)};
    }

    std::vector<std::vector<std::string>> started;
    ProcessListener listener;  // of the process started last
    int alive = 0;
    int asked_to_end = 0;
};

}  // namespace iomux::compare::web
