"""The commands after "Try:" in every help text: each runs as printed and exits with 0 (a self-check also with 1 or 98, a
diff with 98). Those of the comparison's commands run in test_command_examples.py."""

import contextlib
import os
import random
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from programs import ASIO, BACKENDS, PATIENCE, RAW, run

ROOT = Path(__file__).resolve().parents[2]
CLIENT, LOAD, COMPARE = (os.environ[name] for name in ("IOMUX_CLIENT", "IOMUX_LOAD", "IOMUX_COMPARE"))
SERVE = os.environ.get("IOMUX_SERVE")
SOAK = str(ROOT / "tests/soak/soak")
ROOT_OF_BUILD = str(Path(RAW).parents[1])
# The ports in the examples, and the default port of the programs.
PORTS = "8080", "8090", "7000"
DEFAULT_PORT = {"iomux-serve": "8090"}

# Takes the place of ./iomux: starts the programs of this build, for less time and with free ports.
LAUNCHER = '''#!/usr/bin/env python3
import os, sys
sys.path.insert(0, os.environ["EXAMPLES"])
import test_examples
test_examples.launch(sys.argv[1:])
'''

# The commands of a help text run in one shell, so that `$!` is the last server. After each command, its exit status is
# written to the file `statuses`.
PROLOGUE = '''
set -o pipefail
await() {  # until the server with this process ID listens
    until grep -qs -e listening -e http: "$1.out"; do
        kill -0 "$1" 2>/dev/null || { echo "the server has ended" >&2; cat "$1.out" >&2; return 1; }
        sleep 0.05
    done
}
stop() {  # the server with this process ID
    kill -TERM "$1" 2>/dev/null
    wait "$1"
}
command -v curl >/dev/null || curl() {
    python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())' "$@"
}
'''


def without(words, *options):
    """The words without these options and their values."""
    kept = iter(words)
    return [word for word in kept if word not in options or not next(kept)]


def shortened(words):
    """The arguments of iomux-compare, with as little measuring as it allows."""
    command = words[0] if words and not words[0].startswith("-") else ""
    if "--help" in words:
        return words
    if command in ("monitor", "claims"):
        return [*words, *([] if "--quick" in words else ["--quick"])]
    if command == "selfcheck":
        return [*without(words, "--budget"), "--budget", "1", "--sessions", "2"]
    if command == "explain":
        return [*words, "--budget", "1", "--slice", "0.005"]
    if command not in ("", "run"):
        return words
    if "--continue" in words:
        return [*without(words, "--precision"), "--sessions", "3"]
    if not command and "results.json" in words:
        return [*words, "--sessions", "2", "--slice", "20ms", "--idle-memory", "0"]  # an example continues it
    # On a busy machine, a server may not run for 0.1 s.
    measuring = {"--rounds": "1", "--seconds": "0.3"}
    if not command:
        measuring.update({"--connections": "50", "--idle-memory": "100" if "--idle-memory" in words else "0"})
    words = without(words, "--precision", "--budget", *measuring)
    if command == "run":
        if "--quick" not in words:
            words.append("--quick")
        if words[1].startswith("-"):
            words.insert(1, "churn")
    return [*words, *(word for pair in measuring.items() for word in pair)]


def launch(words):
    """Becomes the program that ./iomux would start. The standard output of a server goes to a file."""
    if words[0] in ("help", "--help", "version", "--version"):
        os.execv(ROOT / "iomux", ["iomux", *words])
    if words[0] == "compare":
        os.execv(COMPARE, [COMPARE, *shortened(words[1:])])
    if words[0] == "soak":
        os.environ["KEEPS_OUTPUT"] = "1"  # the soak reads its server's port there
        os.execv(SOAK, [SOAK, "--build", ROOT_OF_BUILD, *without(words[1:], "--seconds"), "--seconds", "2"])
    known = {os.path.basename(path): path for path in (RAW, ASIO, *BACKENDS, CLIENT, LOAD)}
    if words[0] == "run":
        name, arguments = words[1], words[2:]
        command = [known[name], *arguments]
    elif words[0] == "serve":
        name, arguments = "iomux-serve", words[1:]
        command = [*([SERVE] if SERVE else [COMPARE, "serve"]), *arguments]
    else:
        raise ValueError(f"no example of ./iomux {words[0]} is expected here")
    if "--port" not in arguments and "--unix" not in arguments and not {"--help", "--list"} & set(arguments):
        command += ["--port", os.environ["PORT_" + DEFAULT_PORT.get(name, "8080")]]
    if is_server(name) and "KEEPS_OUTPUT" not in os.environ:
        output = os.open(f"{os.getpid()}.out", os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(output, 1)
    os.execv(command[0], command)


def is_server(name):
    return name.startswith(("iomux-raw", "iomux-asio", "iomux-serve"))


def examples_in(text):
    """The commands after "Try:", without line breaks and comments."""
    if "\nTry:  " not in text:
        return []
    block = text.rpartition("\nTry:  ")[2].partition("\n\n")[0].replace("\\\n", " ")
    return [re.sub(r"\s+#.*", "", line).strip() for line in block.splitlines() if line.strip()]


def runs_until_stopped(command):
    words = command.split()
    with contextlib.suppress(ValueError):
        words = words[words.index("./iomux"):]
        name = "iomux-serve" if words[1] == "serve" else words[2] if words[1] == "run" else ""
        return is_server(name) and not {"--help", "--list"} & set(words) and "|" not in words
    return False


def script_of(commands):
    lines, in_front = [PROLOGUE], False
    for command in commands:
        starts_server = runs_until_stopped(command)
        if starts_server and in_front:
            # Its terminal is needed for the next server.
            lines += ['stop "$server" || echo "stopped $?" >>statuses']
        lines.append(command + (" &" if starts_server and not command.endswith("&") else ""))
        if starts_server:
            lines += ["server=$!", 'await "$server"']
            in_front = not command.endswith("&")
        lines.append('echo "$?" >>statuses')
        if command.endswith("kill $!"):
            # The example has stopped it. A second signal would end a server that is still at it at once (status 143).
            lines.append('wait "$server" || echo "stopped $?" >>statuses')
    lines.append('for one in $(jobs -p); do stop "$one" || echo "stopped $?" >>statuses; done')
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def free_ports():
    """Ports of 127.0.0.1 that are free, by the port in the example. The kernel gives them to no other test, because they
    are below its range of ephemeral ports."""
    with contextlib.ExitStack() as sockets:
        found = []
        while len(found) < len(PORTS):
            with contextlib.suppress(OSError):
                server = socket.create_server(("127.0.0.1", random.randrange(15000, 32000)))
                found.append(sockets.enter_context(server).getsockname()[1])
    yield dict(zip(PORTS, map(str, found)))


class RunsExamples:
    """For tests: runs the examples in the help text of a program."""

    def check(self, *program):
        help_text = run(*program).stdout
        commands = examples_in(help_text)
        self.assertTrue(commands, help_text)
        for command in commands:
            self.assertRegex(command, r"^((taskset -c \d+ )?\./iomux|curl) ", "only ./iomux is needed")
        with tempfile.TemporaryDirectory() as folder, free_ports() as ports:
            launcher = Path(folder, "iomux")
            launcher.write_text(LAUNCHER)
            launcher.chmod(0o700)
            script = re.sub(rf"\b({'|'.join(PORTS)})\b", lambda port: ports[port[0]], script_of(commands))
            environment = {**os.environ, "EXAMPLES": os.path.dirname(__file__), "XDG_STATE_HOME": f"{folder}/state",
                           **{f"PORT_{port}": free for port, free in ports.items()}}
            done = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=4 * PATIENCE)
            statuses = Path(folder, "statuses").read_text().split("\n")[:-1]
        if program[1:2] == ("trace",) and "not permitted" in done.stdout:
            self.skipTest("ptrace is not permitted")
        if program[1:2] == ("explain",) and re.search(
                "cannot sample the servers|/proc/kallsyms shows no addresses|built without libdw", done.stderr):
            self.skipTest("sampling is not permitted")
        report = f"{script}\n{done.stdout}\n{done.stderr}"
        if program[1:2] == ("selfcheck",):
            # Two sessions are too few for a certain result: failed (1) and inconclusive (98) are results, too.
            outcomes = re.findall(r"(?m)^(?:(Passed)\.$|(Failed):|(Inconclusive):)", done.stdout)
            self.assertEqual(len(outcomes), len(commands), report)
            statuses = ["0" if status in ("1", "98") else status for status in statuses]
        if program[1:2] == ("diff",):
            # So is inconclusive: one round is too few for a ratio with an interval.
            self.assertRegex(done.stdout, r"(?m)^Inconclusive: |ratios? changed significantly")
            statuses = ["0" if status == "98" else status for status in statuses]
        if program[0] == SOAK:
            # Status 1 here, too: the pings are slow on a busy machine.
            self.assertEqual(len(re.findall(r"(?m)(FAIL  |pass$)", done.stdout)), 3, report)
            statuses = ["0" if status == "1" else status for status in statuses]
        self.assertEqual(statuses, ["0"] * len(commands), report)


class Examples(RunsExamples, unittest.TestCase):
    def test_of_the_launcher(self):
        self.check(ROOT / "iomux", "help")

    def test_of_the_servers(self):
        for program in (RAW, ASIO, *BACKENDS):
            with self.subTest(program):
                self.check(program, "--help")

    def test_of_the_client(self):
        self.check(CLIENT, "--help")

    def test_of_the_load_generator(self):
        self.check(LOAD, "--help")

    def test_of_the_comparison(self):
        self.check(COMPARE, "--help")

    def test_of_the_soak(self):
        self.check(SOAK, "--help")

    @unittest.skipUnless(SERVE, "the web page's program is not built")
    def test_of_the_web_page(self):
        self.check(SERVE, "--help")


if __name__ == "__main__":
    unittest.main()
