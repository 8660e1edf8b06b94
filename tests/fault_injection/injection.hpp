#pragma once

#include <ostream>

namespace iomux::faults {

/// What the servers ask for, and may not get.
enum class Call { accept, receive, send, wait, watch, thread, allocation };

/// What becomes of one call.
struct Fault {
    Call call;
    int error;  ///< The errno it fails with, without being made; `one_byte`: it moves one byte, whatever there is.

    static constexpr int one_byte = 0;
    friend std::ostream& operator<<(std::ostream& out, const Fault& fault);
};

/// While it lives, the `nth` call of a kind suffers the fault: of all threads but the one that has made this, which is
/// the test's. One at a time.
///
/// The calls are this program's own functions of those names, which the linker prefers to the C library's and to the
/// language's: what is tested knows nothing of it, and is the same to the bit as in the servers' programs.
class Injection {
public:
    Injection(const Fault& fault, int nth);
    ~Injection();
    Injection(const Injection&) = delete;
    Injection& operator=(const Injection&) = delete;

    /// There was such a call.
    bool reached() const;
};

/// Whether this program's servers of completions have rings, whose requests suffer in the place of calls.
bool rings_suffer();
/// Whether those can be made to fail here (Linux 6.10).
bool ring_requests_can_fail();

/// For those functions: whether this call suffers, by what `error_injected` says.
bool suffers(Call call) noexcept;
int error_injected() noexcept;

}  // namespace iomux::faults
