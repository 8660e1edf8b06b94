"""The servers of a build, and a reproducible exchange of messages with one of them."""

import argparse
import collections
import contextlib
import json
import os
import socket
import subprocess
import time

PATIENCE = 120

# The order in which a name is searched; iomux-compare uses the same order.
PROGRAMS = {
    "raw": "raw/iomux-raw",
    "asio": "asio/iomux-asio",
    "asio-select": "asio/iomux-asio-select",
    "asio-io_uring": "asio/iomux-asio-io_uring",
}
BY_DEFAULT = ("raw", "asio")


class Failed(Exception):
    """A server failed; the others can still be measured."""


# `title`: the name that the user gave. `skipped`: why it cannot run here, or None.
Server = collections.namedtuple("Server", "title full_name path name own_options skipped options")


def arguments(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release", help="build folder; default: build/release")
    parser.add_argument("--size", type=int, default=64, help="message size in bytes; default: 64")
    parser.add_argument("servers", nargs="*", metavar="SERVER",
                        help="for example epoll, asio/callbacks or 'epoll --threads 2'; all: every server on every "
                             "backend; default: the servers of iomux-raw and iomux-asio")
    return parser


def listed(build):
    """Every server of every program in the build."""
    found = []
    for program, path in PROGRAMS.items():
        path = os.path.join(build, path)
        if not os.access(path, os.X_OK):
            continue
        answer = subprocess.run([path, "--list", "--json"], check=True, capture_output=True, text=True)
        for one in json.loads(answer.stdout):
            full_name = f"{program}/{one['name']}"
            first = all(other.name != one["name"] for other in found)
            found.append(Server(one["name"] if first else full_name, full_name, path, one["name"], one["options"],
                                one["unavailable"], []))
    if not found:
        raise SystemExit(f"no servers in {build}; build them or give their folder with --build")
    return found


def chosen(build, selections):
    known = listed(build)
    if not selections:
        return [one for one in known if one.full_name.split("/")[0] in BY_DEFAULT]
    if selections == ["all"]:
        return known
    servers = []
    for selection in selections:
        name, *options = selection.split()
        matching = [one for one in known if name in (one.name, one.full_name)]
        if not matching:
            raise SystemExit(f'no server named "{name}"; the servers are {", ".join(one.title for one in known)}')
        servers.append(matching[0]._replace(title=" ".join([matching[0].title, *options]), options=options))
    return servers


def command_for(server, connections):
    command = [server.path, server.name, "--port", "0", "--service", "echo", "--framing", "chunk",
               "--log-level", "error"]
    # One worker per client, because a client without a worker would never be answered.
    if "workers" in server.own_options and "--workers" not in server.options:
        command += ["--workers", str(connections)]
    return command + server.options


class Running:
    """A running server that listens on a port."""

    def __init__(self, process, port):
        self.process, self.port = process, port

    @contextlib.contextmanager
    def peers(self, number):
        with contextlib.ExitStack() as opened:
            yield [opened.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE))
                   for _ in range(number)]

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE)


@contextlib.contextmanager
def started(command):
    """Starts a server, or a tool that executes one. It is killed at the end. Every error is a `Failed`."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline()
        if not said.startswith("listening on "):
            raise Failed(f"the server does not start: {process.stderr.read().strip()}")
        yield Running(process, int(said.rsplit(":", 1)[1]))
    except (OSError, subprocess.SubprocessError) as error:
        raise Failed(str(error)) from error
    finally:
        process.kill()
        process.communicate()


def exchange(peers, size, messages, pause=0):
    """All peers send before any reply is read, so that a wait returns many events, as under load. They pause for some
    seconds before they send."""
    for _ in range(messages):
        time.sleep(pause)
        for peer in peers:
            peer.sendall(b"x" * size)
        for peer in peers:
            left = size
            while left > 0:
                got = len(peer.recv(left))
                if got == 0:
                    raise Failed("the server closed a connection")
                left -= got


def report(selected, line_of):
    """Prints one or more lines for each server."""
    for server in selected:
        try:
            text = f"skipped: {server.skipped}" if server.skipped else line_of(server)
        except Failed as error:
            text = f"failed: {error}"
        print(f"{server.title:<24} {text}", flush=True)
