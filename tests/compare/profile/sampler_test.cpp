#include "compare/profile/sampler.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <numeric>
#include <string_view>
#include <thread>

#include "compare/profile/call_chain.hpp"
#include "compare/profile/process_symbols.hpp"
#include "posix/limits.hpp"
#include "sanitized.hpp"

namespace iomux::compare {

// Not in an anonymous namespace: so that it has a symbol. It calls nothing, with a sanitizer too.
[[gnu::noinline]] void spin() {
    constexpr int turns = 1'000'000;
    volatile int turn = 0;
    while (turn < turns) {
        const int next = turn + 1;
        turn = next;
    }
}

// The call of recv(2) is not their last one: so that they are on the stack meanwhile.
[[gnu::noinline]] void receive_once(int socket) {
    char byte = 0;
    const volatile ssize_t size = ::recv(socket, &byte, 1, MSG_DONTWAIT);
    static_cast<void>(size);
}
[[gnu::noinline]] void receive_often(int socket) {
    constexpr int turns = 1000;
    for (int turn = 0; turn < turns; ++turn) receive_once(socket);
}

namespace {

using namespace std::chrono_literals;

// Writes records as the kernel does.
class Records {
public:
    Records& sample(std::uint32_t process, std::uint32_t thread, std::uint64_t time,
                    const std::vector<std::uint64_t>& chain) {
        std::vector<std::byte> body;
        append(body, process);
        append(body, thread);
        append(body, time);
        append(body, std::uint64_t{chain.size()});
        for (const std::uint64_t address : chain) append(body, address);
        if (sampled_registers != 0) append_user(body, registers_, stack_, filled_);
        return record(PERF_RECORD_SAMPLE, body);
    }
    /// Of the following samples. Without it, they are those of a thread of the kernel.
    Records& with_stack(const std::vector<std::uint64_t>& registers, const std::vector<std::byte>& stack,
                        std::uint64_t filled) {
        registers_ = registers;
        stack_ = stack;
        filled_ = filled;
        return *this;
    }
    Records& lost(std::uint64_t number) {
        std::vector<std::byte> body;
        append(body, std::uint64_t{1});
        append(body, number);
        return record(PERF_RECORD_LOST, body);
    }
    Records& record(std::uint32_t type, const std::vector<std::byte>& body) {
        perf_event_header header{.type = type, .misc = 0, .size = 0};
        header.size = static_cast<std::uint16_t>(sizeof header + body.size());
        append(bytes_, header);
        bytes_.insert(bytes_.end(), body.begin(), body.end());
        return *this;
    }
    std::span<const std::byte> bytes() const { return bytes_; }

private:
    template <class Value>
    static void append(std::vector<std::byte>& bytes, const Value& value) {
        const auto* const begin = reinterpret_cast<const std::byte*>(&value);
        bytes.insert(bytes.end(), begin, begin + sizeof value);
    }

    static void append_user(std::vector<std::byte>& body, const std::vector<std::uint64_t>& registers,
                            const std::vector<std::byte>& stack, std::uint64_t filled) {
        append(body, std::uint64_t{registers.empty() ? PERF_SAMPLE_REGS_ABI_NONE : PERF_SAMPLE_REGS_ABI_64});
        for (const std::uint64_t value : registers) append(body, value);
        append(body, std::uint64_t{stack.size()});
        body.insert(body.end(), stack.begin(), stack.end());
        if (!stack.empty()) append(body, filled);
    }

    std::vector<std::byte> bytes_;
    std::vector<std::uint64_t> registers_;
    std::vector<std::byte> stack_;
    std::uint64_t filled_ = 0;
};

constexpr auto in_kernel = static_cast<std::uint64_t>(PERF_CONTEXT_KERNEL);
constexpr auto in_user = static_cast<std::uint64_t>(PERF_CONTEXT_USER);
constexpr auto in_guest = static_cast<std::uint64_t>(PERF_CONTEXT_GUEST);

TEST(ARecord, OfASampleHasTheStacksOfTheKernelAndOfTheProcess) {
    SampleBatch batch;
    parse_records(Records().sample(7, 8, 9'000, {in_kernel, 1, 2, in_guest, 6, in_user, 3, 4}).bytes(), batch);
    ASSERT_EQ(batch.samples.size(), 1u);
    EXPECT_EQ(batch.samples[0].process, 7);
    EXPECT_EQ(batch.samples[0].thread, 8);
    EXPECT_EQ(batch.samples[0].time.time_since_epoch(), 9us);
    EXPECT_EQ(batch.samples[0].kernel, (std::vector<std::uint64_t>{1, 2}));
    EXPECT_EQ(batch.samples[0].user, (std::vector<std::uint64_t>{3, 4}));
}

// Values of the registers in the order in which the kernel writes them.
std::vector<std::uint64_t> values_of_registers() {
    std::vector<std::uint64_t> values(static_cast<std::size_t>(std::popcount(sampled_registers)));
    std::iota(values.begin(), values.end(), 10);
    return values;
}

TEST(ARecord, OfASampleHasThePieceOfTheStackThatIsFilled) {
    const std::vector<std::uint64_t> registers = values_of_registers();
    if (registers.empty()) GTEST_SKIP() << "no registers are sampled on this architecture";
    SampleBatch batch;
    const std::vector<std::byte> stack{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    parse_records(Records().sample(1, 1, 1, {}).with_stack(registers, stack, 2).sample(1, 1, 1, {}).bytes(), batch);
    ASSERT_EQ(batch.samples.size(), 2u);
    EXPECT_EQ(batch.samples[0].registers, SampledRegisters()) << "a thread of the kernel";
    EXPECT_EQ(batch.samples[0].stack, std::vector<std::byte>());
    EXPECT_EQ(batch.samples[1].registers.frame_pointer, registers.front());
    EXPECT_EQ(batch.samples[1].registers.stack_pointer, registers.back());
    EXPECT_EQ(batch.samples[1].stack, (std::vector<std::byte>{std::byte{1}, std::byte{2}}));
    EXPECT_THROW(parse_records(Records().with_stack(registers, stack, 5).sample(1, 1, 1, {}).bytes(), batch),
                 std::runtime_error);
}

TEST(ARecord, SaysWhatWasMissed) {
    SampleBatch batch;
    parse_records(Records()
                      .lost(3)
                      .record(PERF_RECORD_THROTTLE, std::vector<std::byte>(24))
                      .record(PERF_RECORD_COMM, std::vector<std::byte>(8))
                      .lost(4)
                      .sample(1, 1, 1, {})
                      .bytes(),
                  batch);
    EXPECT_EQ(batch.lost, 7u);
    EXPECT_EQ(batch.throttled, 1u);
    EXPECT_EQ(batch.samples.size(), 1u);
}

TEST(ARecord, ThatIsMalformedIsRefused) {
    SampleBatch batch;
    Records records;
    records.sample(1, 1, 1, {in_kernel, 1});
    const auto bytes = records.bytes();
    EXPECT_THROW(parse_records(bytes.first(bytes.size() - 1), batch), std::runtime_error);
    EXPECT_THROW(parse_records(bytes.first(4), batch), std::runtime_error);
    const std::vector<std::byte> zeros(16);
    EXPECT_THROW(parse_records(zeros, batch), std::runtime_error) << "a record of size 0";
    EXPECT_THROW(parse_records(Records().record(PERF_RECORD_SAMPLE, std::vector<std::byte>(20)).bytes(), batch),
                 std::runtime_error);
}

TEST(ASampler, FindsTheFunctionThatSpins) {
    if (const auto why = reason_against_sampling(posix::allowed_cores())) GTEST_SKIP() << *why;
    if (const auto why = reason_against_symbols()) GTEST_SKIP() << *why;
    constexpr std::size_t wanted = 20;
    constexpr auto patience = 60s;
    std::atomic<bool> stop = false;
    const auto before = posix::Clock::now();
    Sampler sampler(posix::allowed_cores());
    std::thread spinning([&] {
        while (!stop) spin();
    });
    const ProcessSymbols symbols(::getpid());
    std::size_t found = 0;
    bool is_in_time = true;
    while (found < wanted && posix::Clock::now() < before + patience) {
        std::this_thread::sleep_for(10ms);  // the samples are taken meanwhile
        for (const StackSample& sample : sampler.take().samples) {
            if (sample.process != ::getpid() || !sample.kernel.empty() || sample.user.empty()) continue;
            if (symbols.find(sample.user.front()).name != "iomux::compare::spin") continue;
            ++found;
            is_in_time = is_in_time && before < sample.time && sample.time < posix::Clock::now();
        }
    }
    stop = true;
    spinning.join();
    EXPECT_GE(found, wanted);
    EXPECT_TRUE(is_in_time) << "samples have the time of CLOCK_MONOTONIC";
}

// The functions of the process.
std::vector<std::string> names_of(const StackSample& sample, const ProcessSymbols& symbols) {
    std::vector<std::string> names;
    for (const std::uint64_t address : complete_chain(sample, [&](std::uint64_t one) { return symbols.rule_for(one); }))
        names.push_back(symbols.find(names.empty() ? address : address_of_call(address)).name);
    return names;
}

// Returns how many samples within system calls have both functions above as callers. Ends when they are enough.
std::size_t count_complete(Sampler& sampler, pid_t process, std::size_t enough) {
    constexpr auto patience = 60s;
    constexpr std::array<std::string_view, 2> callers{"iomux::compare::receive_once", "iomux::compare::receive_often"};
    const ProcessSymbols symbols(process);
    std::size_t complete = 0;
    const auto before = posix::Clock::now();
    while (complete < enough && posix::Clock::now() < before + patience) {
        std::this_thread::sleep_for(10ms);  // the samples are taken meanwhile
        for (const StackSample& sample : sampler.take().samples) {
            if (sample.process != process || sample.kernel.empty()) continue;
            const std::vector<std::string> names = names_of(sample, symbols);
            if (std::search(names.begin(), names.end(), callers.begin(), callers.end()) != names.end()) ++complete;
        }
    }
    return complete;
}

std::optional<std::string> reason_against_callers() {
    if (is_sanitized) return "the sanitizer calls recv(2) instead";
    if (sampled_registers == 0) return "no registers are sampled on this architecture";
    if (const auto why = reason_against_symbols()) return why;
    return reason_against_sampling(posix::allowed_cores());
}

constexpr std::size_t enough_samples = 20;

TEST(ASampler, FindsTheCallerOfASystemCallInAProcessOfOneThread) {
    if (const auto why = reason_against_callers()) GTEST_SKIP() << *why;
    const posix::UniqueFd socket(::socket(AF_INET, SOCK_DGRAM, 0));
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) receive_often(socket.get());
    }
    Sampler sampler(posix::allowed_cores());
    EXPECT_GE(count_complete(sampler, child, enough_samples), enough_samples);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
}

// The C library's wrapper then allows that the thread is cancelled meanwhile: it is another function, as it were.
TEST(ASampler, FindsTheCallerOfASystemCallInAProcessOfSeveralThreads) {
    if (const auto why = reason_against_callers()) GTEST_SKIP() << *why;
    const posix::UniqueFd socket(::socket(AF_INET, SOCK_DGRAM, 0));
    std::atomic<bool> stop = false;
    Sampler sampler(posix::allowed_cores());
    std::thread receiving([&] {
        while (!stop) receive_often(socket.get());
    });
    EXPECT_GE(count_complete(sampler, ::getpid(), enough_samples), enough_samples);
    stop = true;
    receiving.join();
}

// The CPU time of this process in milliseconds.
double cpu_ms() { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

TEST(ASampler, TakesNoSampleWhileItIsPaused) {
    if (const auto why = reason_against_sampling(posix::allowed_cores())) GTEST_SKIP() << *why;
    // A hundred samples' worth.
    const auto spin_a_while = [] {
        for (const double end = cpu_ms() + 100; cpu_ms() < end;) spin();
    };
    const auto samples_since = [](Sampler& sampler, posix::Clock::time_point begin) {
        return std::ranges::count_if(sampler.take().samples, [&](const StackSample& sample) {
            return sample.process == ::getpid() && sample.time > begin;
        });
    };
    Sampler sampler(posix::allowed_cores());
    sampler.pause();
    const auto paused = posix::Clock::now();
    spin_a_while();
    EXPECT_EQ(samples_since(sampler, paused), 0);
    sampler.resume();
    const auto resumed = posix::Clock::now();
    spin_a_while();
    EXPECT_GT(samples_since(sampler, resumed), 0);
}

TEST(ASampler, SaysWhyItCannotSampleACore) {
    constexpr int no_core = 100'000;
    const auto why = reason_against_sampling({no_core});
    ASSERT_TRUE(why);
    EXPECT_EQ(why->find("cannot sample the servers (perf_event_open): "), 0u) << *why;
}

}  // namespace
}  // namespace iomux::compare
