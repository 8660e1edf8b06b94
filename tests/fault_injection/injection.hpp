#pragma once

#include <ostream>

namespace iomux::faults {

/// The kinds of calls that can be made to fail.
enum class Call { accept, receive, send, wait, watch, thread, allocation };

/// A kind of call, and how one such call fails.
struct Fault {
    Call call;
    int error;  ///< The errno with which it fails without being made. `one_byte`: it moves only one byte.

    static constexpr int one_byte = 0;
    friend std::ostream& operator<<(std::ostream& out, const Fault& fault);
};

/// While it exists, the `nth` call of the kind fails. Calls of the thread that created it, the test's, do not count.
/// There is one injection at a time.
///
/// The test program defines functions with the names of these calls, which the linker prefers to those of the C and C++
/// libraries. So the code under test is the same, bit for bit, as in the servers' programs.
class Injection {
public:
    Injection(const Fault& fault, int nth);
    ~Injection();
    Injection(const Injection&) = delete;
    Injection& operator=(const Injection&) = delete;

    /// Whether there was an `nth` call.
    bool reached() const;
};

/// Whether this program injects faults into requests to an io_uring.
bool injects_into_rings();
/// Whether this kernel can make such a request fail (Linux 6.10).
bool ring_requests_can_fail();

/// For the replaced functions: whether this call is to fail, and with which `Fault::error`.
bool is_to_fail(Call call) noexcept;
int injected_error() noexcept;

}  // namespace iomux::faults
