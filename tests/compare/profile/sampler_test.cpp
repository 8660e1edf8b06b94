#include "compare/profile/sampler.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <string_view>
#include <thread>

#include "compare/profile/process_symbols.hpp"
#include "posix/limits.hpp"

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
        return record(PERF_RECORD_SAMPLE, body);
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

    std::vector<std::byte> bytes_;
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
