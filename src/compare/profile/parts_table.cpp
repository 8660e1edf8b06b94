#include "compare/profile/parts_table.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

// Which functions belong to which part. A sample is attributed to the innermost function with a rule: see `attribute`.
// A name that ends with an asterisk is the beginning of names. An exact name takes precedence, then the longest
// beginning.
namespace iomux::compare {
namespace {

struct Entry {
    Rule rule;
    std::vector<std::string_view> names;
};

constexpr std::optional<Layer> of_the_caller = std::nullopt;

const std::vector<Entry>& kernel_entries() {
    static const std::vector<Entry> entries{
        // Functions that are called from everywhere.
        {{of_the_caller},
         {"__x86_*",
          "__pi___x86_*",
          "srso_*",
          "retbleed_*",
          "entry_ibpb*",
          "zen_*",
          "clear_bhb_*",
          "write_ibpb",
          "_raw_spin_*",
          "_raw_read_*",
          "_raw_write_*",
          "native_queued_spin_*",
          "queued_*",
          "__pv_queued_*",
          "__raw_callee_save_*",
          "pv_*",
          "kvm_*",
          "preempt_*",
          "__rcu_read_*",
          "rcu_*",
          "mutex_*",
          "__mutex_*",
          "memcpy*",
          "memset*",
          "memmove*",
          "__memcpy*",
          "__memset*",
          "rep_movs_alternative",
          "rep_stos_alternative",
          "_copy_from_user",
          "_copy_to_user",
          "copy_user_*",
          "__copy_user_*",
          "__get_user_*",
          "__put_user_*",
          "fput*",
          "__fput_*",
          "fget*",
          "fdget*",
          "__fget*",
          "__fdget*",
          "sockfd_*",
          "security_*",
          "apparmor_*",
          "aa_*",
          "bpf_lsm_*",
          "ktime_get*",
          "read_tsc",
          "sched_clock*",
          "local_clock*",
          "kmem_cache_*",
          "kmalloc*",
          "kfree*",
          "__kmalloc*",
          "___slab_*",
          "__slab_*",
          "should_failslab",
          "fixup_exception",
          "irqentry_*",
          "static_call*",
          "__static_call*",
          "__cond_resched",
          "ftrace_*",
          "__fentry__",
          "debug_smp_processor_id"}},
        // The way into the kernel and back. What these functions call belongs to them only if it is listed above.
        {{Layer::system_calls},
         {"entry_SYSCALL_64*",
          "entry_SYSRETQ_*",
          "do_syscall_64",
          "x64_sys_call",
          "syscall_return_*",
          "syscall_exit_*",
          "syscall_enter_*",
          "syscall_trace_*",
          "perf_syscall_*",
          "__syscall_*",
          "ret_from_fork*",
          "exit_to_user_*",
          "__x64_sys_*",
          "__se_sys_*",
          "__do_sys_*",
          "swapgs_*",
          "fpregs_*",
          "switch_fpu_*",
          "restore_fpregs_*",
          "rseq_*",
          "__rseq_*",
          "common_interrupt_return",
          "arch_exit_to_user_*",
          "do_syscall_x64",
          "invoke_syscall",
          "el0_svc*",
          "el0t_*",
          "do_el0_svc"}},
        // The stage is that of the system call.
        {{Layer::system_calls, Stage::wait},
         {"__x64_sys_epoll_wait", "__x64_sys_epoll_pwait", "__x64_sys_epoll_pwait2", "__x64_sys_poll",
          "__x64_sys_ppoll", "__x64_sys_select", "__x64_sys_pselect6", "__x64_sys_nanosleep",
          "__x64_sys_clock_nanosleep", "__x64_sys_io_uring_enter"}},
        {{Layer::system_calls, Stage::accept}, {"__x64_sys_accept", "__x64_sys_accept4"}},
        {{Layer::system_calls, Stage::read}, {"__x64_sys_recvfrom", "__x64_sys_recvmsg", "__x64_sys_recvmmsg"}},
        {{Layer::system_calls, Stage::write},
         {"__x64_sys_sendto", "__x64_sys_sendmsg", "__x64_sys_sendmmsg", "__x64_sys_splice", "__x64_sys_sendfile64"}},
        {{.layer = Layer::system_calls, .stage = Stage::read, .is_for_all_files = true},
         {"__x64_sys_read", "__x64_sys_readv", "ksys_read", "vfs_read*", "do_readv"}},
        {{.layer = Layer::system_calls, .stage = Stage::write, .is_for_all_files = true},
         {"__x64_sys_write", "__x64_sys_writev", "ksys_write", "vfs_write*", "do_writev"}},
        // What these do for every file.
        {{Layer::system_calls},
         {"rw_verify_area", "new_sync_read", "new_sync_write", "do_iter_readv_writev*", "import_iovec", "import_ubuf",
          "__import_iovec", "fsnotify*", "__fsnotify*"}},
        {{Layer::system_calls, Stage::watch}, {"__x64_sys_epoll_ctl"}},
        {{Layer::system_calls, Stage::close}, {"__x64_sys_close", "__x64_sys_shutdown"}},
        // Bytes of messages.
        {{Layer::copying},
         {"_copy_to_iter*", "_copy_from_iter*", "copy_page_*_iter", "__skb_datagram_iter", "skb_copy_datagram_*",
          "simple_copy_to_iter", "skb_do_copy_data_nocache*", "skb_copy_to_page_nocache", "csum_and_copy_*",
          "csum_partial*", "__check_object_size", "check_heap_object", "check_stack_object", "__check_heap_object",
          "__virt_addr_valid", "skb_splice_from_iter"}},
        // Threads that wait are made runnable, and the core goes from one to another.
        {{Layer::scheduling},
         {"try_to_wake_up",
          "__wake_up*",
          "wake_up_*",
          "ttwu_*",
          "default_wake_function",
          "autoremove_wake_function",
          "pollwake",
          "ep_autoremove_wake_function",
          "ep_poll_callback",
          "ep_poll_safewake",
          "sock_def_readable",
          "sock_def_write_space",
          "sk_stream_write_space",
          "schedule",
          "__schedule",
          "preempt_schedule*",
          "schedule_*",
          "finish_task_switch",
          "__switch_to*",
          "select_task_rq*",
          "enqueue_task*",
          "dequeue_task*",
          "resched_*",
          "native_smp_send_reschedule",
          "x2apic_send_*",
          "native_send_*",
          "futex_*",
          "do_futex",
          "__futex_*",
          "hrtimer_nanosleep",
          "do_nanosleep",
          "common_nsleep*",
          "__x64_sys_futex",
          "__x64_sys_sched_yield",
          "do_sched_yield",
          "io_wake_*",
          "io_poll_wake",
          "io_cqring_wake"}},
        {{Layer::scheduling, Stage::other, true},
         {"asm_sysvec_reschedule_ipi", "asm_sysvec_call_function*", "sysvec_reschedule_ipi", "sysvec_call_function*"}},
        // epoll, poll and select, and what they ask of each socket.
        {{Layer::waiting},
         {"ep_*",
          "__ep_*",
          "do_epoll_*",
          "eventpoll_*",
          "reverse_path_*",
          "sock_poll",
          "tcp_poll",
          "udp_poll",
          "unix_poll",
          "datagram_poll",
          "__pollwait",
          "poll_*",
          "do_poll",
          "do_sys_poll",
          "do_pollfd",
          "do_select",
          "core_sys_select",
          "do_pselect*",
          "select_*",
          "get_sigset_argpack",
          "set_user_sigmask",
          "restore_saved_sigmask*"}},
        // An eventfd(2) wakes a thread that waits.
        {{Layer::waiting}, {"eventfd_*"}},
        {{Layer::waiting, Stage::watch}, {"ep_insert", "ep_remove*", "ep_modify", "do_epoll_ctl", "__ep_remove"}},
        // The core of io_uring. A receive or a send that it makes continues in the socket's functions below.
        {{Layer::waiting}, {"io_*", "__io_*", "tctx_task_work*", "task_work_*", "get_signal", "req_*"}},
        {{Layer::waiting, Stage::read}, {"io_recv", "io_recvmsg", "io_read", "io_recv_*"}},
        {{Layer::waiting, Stage::write}, {"io_send", "io_sendmsg", "io_write", "io_send_*"}},
        {{Layer::waiting, Stage::accept}, {"io_accept"}},
        // Sending and receiving.
        {{Layer::sending, Stage::write},
         {"tcp_sendmsg*", "inet_sendmsg", "inet6_sendmsg", "sock_sendmsg", "__sock_sendmsg", "sock_write_iter",
          "udp_sendmsg", "unix_stream_sendmsg", "unix_dgram_sendmsg", "__sys_sendto", "__sys_sendmsg", "___sys_sendmsg",
          "____sys_sendmsg", "__sys_sendmmsg", "sock_splice_*", "tcp_bpf_sendmsg"}},
        {{Layer::receiving, Stage::read},
         {"tcp_recvmsg*", "inet_recvmsg", "inet6_recvmsg", "sock_recvmsg*", "sock_read_iter", "udp_recvmsg",
          "unix_stream_recvmsg", "unix_stream_read_*", "unix_dgram_recvmsg", "__sys_recvfrom", "__sys_recvmsg",
          "___sys_recvmsg", "____sys_recvmsg", "__sys_recvmmsg"}},
        // What a soft interrupt does for the socket that receives.
        {{Layer::peer_receive},
         {"tcp_v4_rcv", "tcp_v6_rcv", "udp_rcv", "udpv6_rcv", "ip_rcv*", "ip_local_deliver*", "ip_protocol_deliver_*",
          "ip_sublist_rcv*", "ip6_rcv*", "ipv6_rcv*", "ip6_input*", "ip6_protocol_deliver_*", "__netif_receive_skb*",
          "netif_receive_skb*", "process_backlog", "__napi_poll", "napi_*", "net_rx_action", "nf_hook_slow*"}},
        {{Layer::other}, {"pipe_read", "pipe_write"}},
        // Other soft interrupts.
        {{Layer::other}, {"__do_softirq", "handle_softirqs", "do_softirq*", "run_timer_*", "tmigr_*", "net_tx_action"}},
        {{Layer::other, Stage::other, true},
         {"asm_sysvec_*", "sysvec_*", "asm_common_interrupt", "common_interrupt", "irq_exit*", "__irq_exit*",
          "asm_exc_nmi", "exc_nmi"}},
        // Opening and closing of sockets, page faults, and calls for memory, time and threads.
        {{Layer::other, Stage::accept},
         {"__sys_accept4*", "do_accept*", "inet_accept*", "inet_csk_accept", "__inet_accept"}},
        {{Layer::other, Stage::close},
         {"__fput", "____fput", "sock_close", "__sock_release", "inet_release", "tcp_close", "__tcp_close", "close_fd*",
          "filp_close", "filp_flush", "__sys_shutdown*", "inet_shutdown"}},
        {{Layer::other},
         {"asm_exc_page_fault",
          "exc_page_fault",
          "do_user_addr_fault",
          "handle_mm_fault",
          "__x64_sys_mmap",
          "__x64_sys_munmap",
          "__x64_sys_madvise",
          "__x64_sys_mprotect",
          "__x64_sys_brk",
          "__x64_sys_clone*",
          "__x64_sys_exit*",
          "__x64_sys_setsockopt",
          "__x64_sys_getsockopt",
          "__x64_sys_ioctl",
          "__x64_sys_fcntl",
          "__x64_sys_clock_gettime",
          "__x64_sys_timerfd_settime",
          "__x64_sys_socket",
          "__x64_sys_getpeername",
          "__x64_sys_getsockname",
          "__x64_sys_rt_sig*",
          "ksys_mmap_pgoff",
          "vm_mmap_pgoff",
          "__sys_setsockopt",
          "do_sock_setsockopt",
          "__sys_getsockopt",
          "do_sock_getsockopt",
          "kernel_clone",
          "do_exit",
          "asm_exc_*",
          "exc_*",
          "__x64_sys_getpid",
          "__x64_sys_getrandom"}},
    };
    return entries;
}

const std::vector<Entry>& process_entries() {
    static const std::vector<Entry> entries{
        // Reading the clock is a few instructions; a server that reads it all the time has a reason.
        {{of_the_caller},
         {jump_table_name, "clock_gettime", "__clock_gettime*", "__vdso_*", "__cvdso_*",
          "std::chrono::_V2::steady_clock::now", "std::chrono::_V2::system_clock::now", "__libc_start_*", "_start",
          "start_thread", "clone", "__clone*", "memcpy", "memmove", "memset", "memcmp", "__mem*"}},
        {{Layer::allocator},
         {"malloc",          "free",           "calloc",        "realloc",          "cfree",
          "aligned_alloc",   "posix_memalign", "__libc_malloc", "__libc_free",      "__libc_calloc",
          "__libc_memalign", "_int_malloc",    "_int_free",     "_int_realloc",     "malloc_consolidate",
          "unlink_chunk",    "sysmalloc",      "operator new*", "operator delete*", "tcache_*"}},
        {{Layer::library},
         {"boost::*", "std::*", "fmt::*", "__gnu_cxx::*", "io_uring_*", "__io_uring_*", "_io_uring_*"}},
        // Asio's functions that are named after what they do.
        {{Layer::library, Stage::read},
         {"boost::asio::detail::reactive_socket_recv_op*", "boost::asio::detail::io_uring_socket_recv_op*",
          "boost::asio::detail::reactive_socket_recv_op_base*", "boost::asio::detail::io_uring_socket_recv_op_base*",
          "boost::asio::detail::socket_ops::non_blocking_recv*", "boost::asio::detail::socket_ops::sync_recv*",
          "boost::asio::detail::socket_ops::recv*", "recv", "__recv", "__libc_recv", "recvmsg", "recvfrom"}},
        {{.layer = Layer::library, .stage = Stage::read, .is_for_all_files = true},
         {"read", "__read", "__libc_read", "readv"}},
        {{Layer::library, Stage::write},
         {"boost::asio::detail::reactive_socket_send_op*", "boost::asio::detail::io_uring_socket_send_op*",
          "boost::asio::detail::socket_ops::non_blocking_send*", "boost::asio::detail::socket_ops::sync_send*",
          "boost::asio::detail::socket_ops::send*", "boost::asio::detail::write_op*", "boost::asio::async_write*",
          "send", "__send", "__libc_send", "sendmsg", "sendto"}},
        {{.layer = Layer::library, .stage = Stage::write, .is_for_all_files = true},
         {"write", "__write", "__libc_write", "writev"}},
        {{Layer::library, Stage::accept},
         {"boost::asio::detail::reactive_socket_accept_op*", "boost::asio::detail::io_uring_socket_accept_op*",
          "boost::asio::detail::socket_ops::accept*", "boost::asio::detail::socket_ops::sync_accept*",
          "boost::asio::detail::socket_ops::non_blocking_accept*", "accept4", "accept", "__libc_accept*"}},
        {{Layer::library, Stage::wait},
         {"boost::asio::detail::epoll_reactor::run", "boost::asio::detail::select_reactor::run",
          "boost::asio::detail::io_uring_service::run", "epoll_wait", "epoll_pwait", "poll", "__poll", "ppoll",
          "select", "__select", "pselect", "io_uring_enter", "io_uring_submit_and_wait*", "__io_uring_submit*",
          "__sys_io_uring_enter*", "io_uring_wait_*", "nanosleep", "clock_nanosleep"}},
        {{Layer::library, Stage::watch},
         {"boost::asio::detail::epoll_reactor::start_op", "boost::asio::detail::select_reactor::start_op",
          "boost::asio::detail::io_uring_service::start_op", "epoll_ctl"}},
        {{Layer::library, Stage::close}, {"close", "__close", "__libc_close", "shutdown"}},
    };
    return entries;
}

// Finds names and their beginnings.
class Index {
public:
    explicit Index(const std::vector<Entry>& entries) {
        for (const Entry& entry : entries)
            for (const std::string_view name : entry.names) {
                if (name.ends_with('*'))
                    beginnings_.emplace_back(name.substr(0, name.size() - 1), &entry.rule);
                else
                    names_.emplace(name, &entry.rule);
            }
        std::ranges::stable_sort(beginnings_, std::greater<>(), [](const auto& one) { return one.first.size(); });
    }

    const Rule* find(std::string_view name) const {
        if (const auto found = names_.find(name); found != names_.end()) return found->second;
        const auto found =
            std::ranges::find_if(beginnings_, [&](const auto& one) { return name.starts_with(one.first); });
        return found != beginnings_.end() ? found->second : nullptr;
    }

private:
    std::unordered_map<std::string_view, const Rule*> names_;
    std::vector<std::pair<std::string_view, const Rule*>> beginnings_;
};

std::optional<Rule> copy_of(const Rule* rule) { return rule != nullptr ? std::optional(*rule) : std::nullopt; }

}  // namespace

std::optional<Rule> rule_of(const Frame& frame) {
    static const Index kernel(kernel_entries());
    static const Index process(process_entries());
    switch (frame.in) {
        case Frame::In::kernel: return copy_of(kernel.find(frame.name));
        case Frame::In::nowhere: return std::nullopt;
        case Frame::In::library:
            if (frame.file == "[vdso]") return Rule{};
            if (const Rule* const rule = process.find(frame.name)) return *rule;
            return Rule{.layer = Layer::library};
        case Frame::In::program: break;
    }
    if (frame.name.empty()) return std::nullopt;
    // A function of the server may be named `read`, so of names without a namespace only those of allocators count.
    if (const Rule* const rule = process.find(frame.name);
        rule != nullptr && (rule->layer == Layer::allocator || frame.name == jump_table_name ||
                            frame.name.find("::") != std::string::npos))
        return *rule;
    // It has no stage: the compiler has put most of these functions into those that call them.
    return Rule{.layer = Layer::own_code};
}

}  // namespace iomux::compare
