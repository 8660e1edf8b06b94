#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "compare/profile/frame.hpp"
#include "compare/profile/kernel_symbols.hpp"
#include "compare/profile/process_symbols.hpp"

namespace iomux::compare {

// Not in an anonymous namespace and not static: so that it has a symbol.
[[gnu::noinline]] int a_function_with_a_symbol(int value) { return value + static_cast<int>(::getpid()); }

namespace {

TEST(AShortName, IsWithoutArgumentsAndReturnType) {
    EXPECT_EQ(short_name("_ZN5boost4asio6detail9scheduler3runERNS_6system10error_codeE"),
              "boost::asio::detail::scheduler::run");
    EXPECT_EQ(short_name("_ZNSt6vectorIiSaIiEE9push_backEOi"), "std::vector::push_back");
    EXPECT_EQ(short_name("_ZSt4moveIRiEONSt16remove_referenceIT_E4typeEOS2_"), "std::move");
    EXPECT_EQ(short_name("_ZN5iomux3raw12_GLOBAL__N_15Epoll4waitEv"), "iomux::raw::Epoll::wait");
    EXPECT_EQ(short_name("_Znwm"), "operator new");
    EXPECT_EQ(short_name("_ZlsRSoRK1A"), "operator<<");
    EXPECT_EQ(short_name("_ZNK1AclEv"), "A::operator()");
}

TEST(AShortName, IsWithoutWhatTheCompilerAndTheLinkerAdd) {
    EXPECT_EQ(short_name("ep_item_poll.isra.0"), "ep_item_poll");
    EXPECT_EQ(short_name("_ZN5iomux3raw12_GLOBAL__N_15Epoll4waitEv.cold"), "iomux::raw::Epoll::wait");
    EXPECT_EQ(short_name("malloc@@GLIBC_2.2.5"), "malloc");
    EXPECT_EQ(short_name("__GI___pthread_disable_asynccancel"), "__pthread_disable_asynccancel");
    EXPECT_EQ(short_name("main"), "main");
    EXPECT_EQ(short_name(""), "");
}

TEST(AShortName, OfAPartOfACoroutineIsThatOfTheCoroutine) {
    EXPECT_EQ(short_name("_ZN5iomux4asio12_GLOBAL__N_110Coroutines5serveEPZNS2_5serveEvE1_.actor"),
              "iomux::asio::Coroutines::serve");
}

TEST(AProcess, HasAFunctionAtItsAddress) {
    if (const auto why = reason_against_symbols()) GTEST_SKIP() << *why;
    const ProcessSymbols symbols(::getpid());
    const auto address = reinterpret_cast<std::uint64_t>(&a_function_with_a_symbol);
    const Frame frame = symbols.find(address + 1);
    EXPECT_EQ(frame.name, "iomux::compare::a_function_with_a_symbol");
    EXPECT_EQ(frame.in, Frame::In::program);
    EXPECT_EQ(frame.file, "compare_tests");
}

TEST(AProcess, HasFunctionsOfLibraries) {
    if (const auto why = reason_against_symbols()) GTEST_SKIP() << *why;
    const ProcessSymbols symbols(::getpid());
    const Frame frame = symbols.find(reinterpret_cast<std::uint64_t>(&::getppid));
    EXPECT_NE(frame.name.find("getppid"), std::string::npos) << frame.name;
}

TEST(AProcess, HasNoFunctionWhereNoFileIsMapped) {
    if (const auto why = reason_against_symbols()) GTEST_SKIP() << *why;
    const int on_the_stack = 0;
    const Frame frame = ProcessSymbols(::getpid()).find(reinterpret_cast<std::uint64_t>(&on_the_stack));
    EXPECT_EQ(frame, Frame());
    EXPECT_EQ(frame.text(), "unknown code");
}

TEST(AProcess, ThatHasEndedIsRefused) {
    if (const auto why = reason_against_symbols()) GTEST_SKIP() << *why;
    constexpr pid_t above_the_highest = 1 << 23;
    EXPECT_THROW(ProcessSymbols{above_the_highest}, std::runtime_error);
}

TEST(TheKernel, HasItsFunctionsInKallsyms) {
    const KernelSymbols symbols(
        "ffffffff81000000 T _stext\n"
        "ffffffff81000100 D data\n"
        "ffffffff81000200 t second\n"
        "ffffffff81000200 t alias\n"
        "ffffffffc0000000 t in_a_module\t[module]\n");
    EXPECT_EQ(symbols.find(0xffffffff81000000), "_stext");
    EXPECT_EQ(symbols.find(0xffffffff810001ff), "_stext");
    EXPECT_EQ(symbols.find(0xffffffff81000210), "second");
    EXPECT_EQ(symbols.find(0xffffffffc0000001), "in_a_module");
    EXPECT_EQ(symbols.find(0x1000), std::nullopt);
}

TEST(TheKernel, IsRefusedIfItHidesItsAddresses) {
    EXPECT_THROW(KernelSymbols("0000000000000000 T _stext\n"), std::runtime_error);
    EXPECT_THROW(KernelSymbols(""), std::runtime_error);
}

TEST(TheKernel, HasTheFunctionsThatThePartsNeed) {
    std::ifstream file("/proc/kallsyms");
    std::string address, type, name;
    bool is_readable = false;
    while (file >> address >> type >> name)
        if (name == "do_syscall_64") {
            is_readable = address.find_first_not_of('0') != std::string::npos;
            break;
        }
    if (!is_readable) GTEST_SKIP() << "/proc/kallsyms shows no address of do_syscall_64";
    EXPECT_EQ(KernelSymbols::of_this_kernel().find(std::stoull(address, nullptr, 16) + 1), "do_syscall_64");
}

}  // namespace
}  // namespace iomux::compare
