#pragma once

#include <string>
#include <vector>

#include "posix/unique_fd.hpp"

// To try it: systemd-socket-activate --listen=127.0.0.1:8080 build/release/raw/iomux-raw epoll
//
// An example for systemd: a server that can be restarted under load without refusing a connection.
// /etc/systemd/system/iomux.socket, enabled with `systemctl enable --now iomux.socket`:
//
//     [Socket]
//     ListenStream=127.0.0.1:8080
//     Backlog=4096
//
//     [Install]
//     WantedBy=sockets.target
//
// /etc/systemd/system/iomux.service, restarted with `systemctl restart iomux`:
//
//     [Unit]
//     Requires=iomux.socket
//
//     [Service]
//     ExecStart=/usr/local/bin/iomux-raw epoll --framing line
//     NonBlocking=yes
//     LimitNOFILE=65536
//
//     # The server opens no socket and no file, and needs no network except the connections that it accepts.
//     DynamicUser=yes
//     PrivateNetwork=yes
//     PrivateUsers=yes
//     PrivateDevices=yes
//     RestrictAddressFamilies=none
//     CapabilityBoundingSet=
//     NoNewPrivileges=yes
//     SystemCallFilter=@system-service
//     SystemCallFilter=~@privileged
//     SystemCallArchitectures=native
//     MemoryDenyWriteExecute=yes
//     LockPersonality=yes
//     RestrictNamespaces=yes
//     RestrictRealtime=yes
//     RestrictSUIDSGID=yes
//     ProtectSystem=strict
//     ProtectHome=yes
//     ProtectProc=invisible
//     ProcSubset=pid
//     ProtectClock=yes
//     ProtectControlGroups=yes
//     ProtectHostname=yes
//     ProtectKernelLogs=yes
//     ProtectKernelModules=yes
//     ProtectKernelTunables=yes
//     UMask=0077
//
// `systemd-analyze security --offline=true iomux.service` rates its exposure 0.6 of 10. The system calls of io_uring
// are in @system-service. A server that opens its UDP socket itself needs `RestrictAddressFamilies=AF_INET AF_INET6`,
// and must not have PrivateNetwork. With `--stats FILE` it needs a StateDirectory to write to.

namespace iomux::posix {

/// A descriptor that the service manager opened before it started this process.
struct HandedOver {
    UniqueFd fd;
    std::string name;  ///< The service manager's name for it; may be empty.

    /// `descriptor 3 (iomux.socket)`
    std::string text() const;
};

/// Takes the descriptors that a service manager has opened for this process, by the protocol of sd_listen_fds(3):
/// LISTEN_PID is the process, LISTEN_FDS the number of descriptors, which start at 3, and LISTEN_FDNAMES their names.
/// The descriptors become close-on-exec and the variables are removed, so that no child process uses them.
/// Returns nothing if LISTEN_PID is another process. Throws std::runtime_error if a variable is malformed, and
/// std::system_error if a descriptor does not exist.
std::vector<HandedOver> take_handed_over();

}  // namespace iomux::posix
