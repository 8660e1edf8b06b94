#include "compare/profile/parts_table.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "compare/profile/part.hpp"

namespace iomux::compare {
namespace {

// A stack from the innermost function outwards, as words. Words before `|` are of the kernel. Of the others, those that
// begin with `lib:` are of a library; `?` is code without a symbol.
std::vector<Frame> stack_of(const std::string& words) {
    constexpr std::string_view library = "lib:";
    std::vector<Frame> stack;
    std::istringstream in(words);
    bool is_kernel = words.find('|') != std::string::npos;
    for (std::string word; in >> word;) {
        if (word == "|")
            is_kernel = false;
        else if (is_kernel)
            stack.push_back({.name = word, .in = Frame::In::kernel});
        else if (word == "?")
            stack.push_back({.name = "", .in = Frame::In::program, .file = "server"});
        else if (word.starts_with(library))
            stack.push_back({.name = word.substr(library.size()), .in = Frame::In::library, .file = "lib.so"});
        else
            stack.push_back({.name = word, .in = Frame::In::program, .file = "server"});
    }
    return stack;
}

std::string part_in(const std::string& words) { return text_of(attribute(stack_of(words)).part); }

struct KnownStack {
    const char* stack;
    const char* part;
};

// Functions as Linux 6.1 to 6.18 have them.
constexpr KnownStack kernel_stacks[]{
    {"entry_SYSCALL_64_after_hwframe | lib:__send", "system call entry and exit, write"},
    {"syscall_exit_to_user_mode do_syscall_64 entry_SYSCALL_64_after_hwframe | lib:recv",
     "system call entry and exit, read"},
    {"__rseq_handle_notify_resume syscall_exit_to_user_mode do_syscall_64 entry_SYSCALL_64_after_hwframe | lib:recv",
     "system call entry and exit, read"},
    {"perf_syscall_enter syscall_trace_enter do_syscall_64 entry_SYSCALL_64_after_hwframe | lib:poll",
     "system call entry and exit, wait"},
    {"__x86_return_thunk __x64_sys_epoll_wait x64_sys_call do_syscall_64 entry_SYSCALL_64_after_hwframe | "
     "lib:epoll_wait",
     "system call entry and exit, wait"},
    {"tcp_poll sock_poll ep_item_poll.isra.0 ep_send_events do_epoll_wait __x64_sys_epoll_wait do_syscall_64 | "
     "lib:epoll_wait",
     "wait mechanism, wait"},
    {"_raw_spin_lock_irqsave ep_modify do_epoll_ctl __x64_sys_epoll_ctl do_syscall_64 | lib:epoll_ctl",
     "wait mechanism, watch"},
    {"tcp_poll sock_poll do_sys_poll __x64_sys_poll do_syscall_64 | lib:poll", "wait mechanism, wait"},
    {"rep_movs_alternative _copy_from_user do_sys_poll __x64_sys_poll do_syscall_64 | lib:poll",
     "wait mechanism, wait"},
    {"do_select core_sys_select do_pselect.constprop.0 __x64_sys_pselect6 do_syscall_64 | lib:pselect",
     "wait mechanism, wait"},
    {"io_issue_sqe io_submit_sqes __do_sys_io_uring_enter do_syscall_64 | main", "wait mechanism"},
    {"__io_run_local_work io_cqring_wait __x64_sys_io_uring_enter do_syscall_64 | main", "wait mechanism, wait"},
    {"tcp_recvmsg_locked tcp_recvmsg inet_recvmsg sock_recvmsg io_recv io_issue_sqe __x64_sys_io_uring_enter | main",
     "socket receive, read"},
    {"_copy_to_iter __skb_datagram_iter skb_copy_datagram_iter tcp_recvmsg_locked tcp_recvmsg __x64_sys_recvfrom | "
     "lib:recv",
     "copying, read"},
    {"rep_movs_alternative _copy_from_iter tcp_sendmsg_locked tcp_sendmsg __x64_sys_sendto | lib:send",
     "copying, write"},
    {"tcp_rcv_space_adjust tcp_recvmsg_locked tcp_recvmsg inet_recvmsg __sys_recvfrom __x64_sys_recvfrom | lib:recv",
     "socket receive, read"},
    {"__alloc_skb tcp_stream_alloc_skb tcp_sendmsg_locked tcp_sendmsg __sys_sendto __x64_sys_sendto | lib:send",
     "socket send, write"},
    {"tcp_ack tcp_rcv_established tcp_v4_do_rcv tcp_v4_rcv ip_protocol_deliver_rcu process_backlog __napi_poll "
     "net_rx_action handle_softirqs do_softirq __dev_queue_xmit tcp_write_xmit tcp_sendmsg __x64_sys_sendto | lib:send",
     "peer's receive path, write"},
    {"_raw_spin_unlock_irqrestore __wake_up_sync_key sock_def_readable tcp_data_ready tcp_v4_rcv net_rx_action "
     "__do_softirq tcp_sendmsg __x64_sys_sendto | lib:send",
     "wake-up and scheduling, write"},
    // read(2) and write(2), of a socket and of an eventfd(2) with which Asio wakes select(2).
    {"tcp_sendmsg sock_write_iter vfs_write ksys_write do_syscall_64 entry_SYSCALL_64_after_hwframe | lib:__write",
     "socket send, write"},
    {"rw_verify_area vfs_read ksys_read do_syscall_64 entry_SYSCALL_64_after_hwframe | lib:read",
     "system call entry and exit, read"},
    {"ksys_write do_syscall_64 entry_SYSCALL_64_after_hwframe | lib:__write "
     "boost::asio::detail::select_reactor::start_op",
     "system call entry and exit, watch"},
    {"_raw_spin_lock_irqsave eventfd_write vfs_write ksys_write do_syscall_64 | lib:__write "
     "boost::asio::detail::select_reactor::start_op",
     "wait mechanism, watch"},
    {"eventfd_read vfs_read ksys_read do_syscall_64 | lib:__read boost::asio::detail::select_reactor::run",
     "wait mechanism, wait"},
    {"finish_task_switch.isra.0 __schedule schedule schedule_hrtimeout_range ep_poll do_epoll_wait "
     "__x64_sys_epoll_wait | "
     "lib:epoll_wait",
     "wake-up and scheduling, wait"},
    {"tcp_v4_rcv net_rx_action handle_softirqs irq_exit_rcu sysvec_apic_timer_interrupt "
     "asm_sysvec_apic_timer_interrupt | "
     "main",
     "peer's receive path"},
    {"asm_sysvec_reschedule_ipi | main", "wake-up and scheduling"},
    {"clear_page handle_mm_fault exc_page_fault asm_exc_page_fault | main", "other"},
    {"inet_csk_accept inet_accept do_accept __sys_accept4 __x64_sys_accept4 | lib:accept4", "other, accept"},
    {"tcp_close inet_release __sock_release sock_close __fput __x64_sys_close | lib:close", "other, close"},
    {"a_function_of_the_future do_syscall_64 entry_SYSCALL_64_after_hwframe | main", "unknown"},
    {"a_function_of_the_future | main", "unknown"},
};

constexpr KnownStack process_stacks[]{
    {"iomux::raw::Epoll::wait iomux::raw::ReadinessLoop::run main", "own code"},
    {"iomux::server::Connection::sent iomux::raw::Epoll::wait", "own code"},
    {"read_message main", "own code"},
    {"read main", "own code"},
    {"boost::asio::detail::epoll_reactor::start_op iomux::asio::Callbacks::read", "library, watch"},
    {"boost::asio::detail::reactive_socket_recv_op::do_complete boost::asio::detail::scheduler::run", "library, read"},
    {"boost::asio::detail::scheduler::run main", "library"},
    {"std::vector::push_back main", "library"},
    {"lib:malloc main", "allocator"},
    {"lib:_int_free lib:free main", "allocator"},
    {"malloc main", "allocator"},
    {"lib:epoll_wait main", "library, wait"},
    {"lib:some_function main", "library"},
    {"lib:std::chrono::_V2::steady_clock::now iomux::server::SimulatedWork::spend main", "own code"},
    {"@plt iomux::server::SimulatedWork::spend main", "own code"},
    {"lib:clock_gettime", "library"},
    {"? main", "unknown"},
};

TEST(ThePartsTable, KnowsTheFunctionsOfTheKernel) {
    for (const KnownStack& known : kernel_stacks) EXPECT_EQ(part_in(known.stack), known.part) << known.stack;
}

TEST(ThePartsTable, KnowsTheFunctionsOfServersAndLibraries) {
    for (const KnownStack& known : process_stacks) EXPECT_EQ(part_in(known.stack), known.part) << known.stack;
}

TEST(ThePartsTable, TakesFunctionsOfTheVdsoForTheirCaller) {
    std::vector<Frame> stack = stack_of("main");
    stack.insert(stack.begin(), Frame{.name = "", .in = Frame::In::library, .file = "[vdso]"});
    EXPECT_EQ(attribute(stack).part, (Part{Layer::own_code, Stage::other}));
    EXPECT_EQ(attribute(stack).frame, 1u);
}

TEST(ThePartsTable, PrefersTheLongestBeginning) {
    EXPECT_EQ(rule_of({.name = "select_task_rq_fair", .in = Frame::In::kernel})->layer, Layer::scheduling);
    EXPECT_EQ(rule_of({.name = "select_estimate_accuracy", .in = Frame::In::kernel})->layer, Layer::waiting);
}

TEST(AnAttribution, TakesWhatFollowsASystemCallForItsExit) {
    std::vector<Frame> stack = stack_of("lib:__send main");
    stack.front().after_system_call = true;
    EXPECT_EQ(text_of(attribute(stack).part), "system call entry and exit, write");
}

TEST(AnAttribution, NamesTheFunctionThatDecides) {
    const std::vector<Frame> stack = stack_of("rep_movs_alternative _copy_to_iter tcp_recvmsg | lib:recv");
    EXPECT_EQ(stack[attribute(stack).frame].name, "_copy_to_iter");
    const std::vector<Frame> unknown = stack_of("_raw_spin_lock new_function do_syscall_64 | lib:recv");
    EXPECT_EQ(unknown[attribute(unknown).frame].name, "new_function");
}

TEST(AnAttribution, OfASampleWithoutAStackIsUnknown) { EXPECT_EQ(attribute({}).part, Part()); }

}  // namespace
}  // namespace iomux::compare
