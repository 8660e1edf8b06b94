#include "compare/web/run_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <filesystem>
#include <utility>

#include "compare/process/child_process.hpp"
#include "posix/clock.hpp"
#include "posix/error.hpp"

namespace iomux::compare::web {
namespace {

namespace asio = boost::asio;
using asio::redirect_error;
using asio::use_awaitable;

int duplicate(int fd) {
    return posix::check(::fcntl(fd, F_DUPFD_CLOEXEC, 0), "cannot duplicate a descriptor of the comparison");
}

Command command_of(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                   const std::vector<int>& cores) {
    Command command{.words = {program}, .cores = cores};
    command.words.insert(command.words.end(), arguments.begin(), arguments.end());
    return command;
}

struct Followed {
    Followed(asio::io_context& context, const Command& command, ProcessListener to_tell, const Patience& how_long)
        : child(command),
          listener(std::move(to_tell)),
          patience(how_long),
          output(context, duplicate(child.output())),
          end(context, duplicate(child.process())),
          silence_ends(context),
          patience_ends(context) {}

    void heard() { silent_until = posix::Clock::now() + patience.with_silence; }

    ChildProcess child;
    ProcessListener listener;  // emptied when the owner no longer listens
    const Patience patience;
    asio::posix::stream_descriptor output;
    asio::posix::stream_descriptor end;
    posix::Clock::time_point silent_until = posix::Clock::now() + patience.with_silence;
    asio::steady_timer silence_ends;
    asio::steady_timer patience_ends;
    bool asked_to_end = false;
    bool has_ended = false;
    std::optional<std::string> fault;  // why the process was ended
};

asio::awaitable<void> follow(std::shared_ptr<Followed> followed) {
    boost::system::error_code error;
    std::string unread;
    for (;;) {
        const std::size_t size =
            co_await asio::async_read_until(followed->output, asio::dynamic_buffer(unread, longest_results), '\n',
                                            redirect_error(use_awaitable, error));
        if (error) break;
        followed->heard();
        // A copy, because the call may empty the listener.
        if (const auto said = followed->listener.said) said(std::string_view(unread).substr(0, size - 1));
        unread.erase(0, size);
    }
    // An error other than end of file, such as an overlong line: the process still runs.
    if (followed->listener.ended && error != asio::error::eof) followed->child.send_signal(SIGKILL);
    co_await followed->end.async_wait(asio::posix::stream_descriptor::wait_read, redirect_error(use_awaitable, error));
    followed->has_ended = true;
    followed->silence_ends.cancel();
    followed->patience_ends.cancel();
    const auto ended = std::move(followed->listener.ended);
    if (!ended) co_return;
    std::optional<std::string> how = followed->fault;
    if (!how && !followed->child.succeeded()) how = followed->child.exit_text();
    ended(std::move(how));
}

// Without a listener, the destructor of Comparison ends the process.
bool is_running(const Followed& followed) { return !followed.has_ended && followed.listener.ended; }

asio::awaitable<void> kill_after_patience(std::shared_ptr<Followed> followed) {
    boost::system::error_code error;
    followed->patience_ends.expires_after(followed->patience.with_end);
    co_await followed->patience_ends.async_wait(redirect_error(use_awaitable, error));
    if (is_running(*followed)) followed->child.send_signal(SIGKILL);
}

// Only once: a second signal would interrupt the cleanup, and the wait would start again.
void ask_to_end(asio::io_context& context, const std::shared_ptr<Followed>& followed) {
    if (std::exchange(followed->asked_to_end, true)) return;
    followed->child.send_signal(SIGTERM);
    asio::co_spawn(context, kill_after_patience(followed), asio::detached);
}

asio::awaitable<void> end_after_silence(asio::io_context& context, std::shared_ptr<Followed> followed) {
    boost::system::error_code error;
    // Every line that arrives meanwhile extends the deadline.
    while (is_running(*followed) && posix::Clock::now() < followed->silent_until) {
        followed->silence_ends.expires_at(followed->silent_until);
        co_await followed->silence_ends.async_wait(redirect_error(use_awaitable, error));
    }
    if (!is_running(*followed)) co_return;
    followed->fault = fmt::format("the comparison hangs: no output for {} s",
                                  std::chrono::duration<double>(followed->patience.with_silence).count());
    ask_to_end(context, followed);
}

class Comparison : public RunningProcess {
public:
    Comparison(asio::io_context& context, std::shared_ptr<Followed> followed)
        : context_(context), followed_(std::move(followed)) {}
    ~Comparison() override {
        followed_->listener = {};
        followed_->silence_ends.cancel();
        followed_->patience_ends.cancel();
        followed_->child.stop(followed_->patience.at_our_end);
    }

    void ask_to_end() override { web::ask_to_end(context_, followed_); }

private:
    asio::io_context& context_;
    std::shared_ptr<Followed> followed_;
};

}  // namespace

Launch launcher(asio::io_context& context, std::vector<int> cores, std::filesystem::path program, Patience patience) {
    return [&context, cores = std::move(cores), program = std::move(program), patience](
               const std::vector<std::string>& arguments, ProcessListener listener) {
        auto followed =
            std::make_shared<Followed>(context, command_of(program, arguments, cores), std::move(listener), patience);
        asio::co_spawn(context, follow(followed), asio::detached);
        asio::co_spawn(context, end_after_silence(context, followed), asio::detached);
        return std::make_unique<Comparison>(context, std::move(followed));
    };
}

}  // namespace iomux::compare::web
