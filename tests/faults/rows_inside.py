"""Rows that are tried by programs of their own: on a server in their process, or on what all servers share."""

import functools
import os
import re
import subprocess

from case import NotTried, ShortFall
from rows_memory import kernel_refuses

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def allocations_fail(case):
    """Those that the kernel refuses, from outside; and each that the server makes, from inside."""
    done, not_done = [], []
    for attempt in (kernel_refuses, each_fails_inside):
        try:
            done.append(attempt(case))
        except NotTried as why:
            not_done.append(str(why))
    if not done:
        raise NotTried("; ".join(not_done))
    return "; ".join(done + not_done)


def each_fails_inside(case):
    if not case.ours:
        raise NotTried("from outside only")
    library = os.path.basename(case.mechanism.program).removeprefix("iomux-").replace("-", "_")
    program = built(case, f"tests/fault_injection/fault_injection_{library}")
    test = "FaultsInside.LoseOneClientOrTheServerWhereAnAllocationFails"
    if why := dict(case.mechanism.known_faults).get(test):
        raise NotTried(f"from inside it is known to fail: {why}")
    chosen = f"*/{test}/{case.name.replace('-', '_')}"
    done = subprocess.run([program, f"--gtest_filter={chosen}", "--gtest_brief=1"], capture_output=True, text=True,
                          check=False, timeout=300)
    if done.returncode != 0:
        raise ShortFall(f"from inside: {first_failure(done.stdout) or f'exit {done.returncode}'}")
    if "1 test from" not in done.stdout:
        raise NotTried(f"{os.path.basename(program)} has no test for it")
    return "from inside too, each"


def first_failure(printed):
    found = re.search(r"Failure\n(.*(?:\n.*){0,3})", printed)
    return found and " ".join(found[1].split())


def any_bytes(case):
    """All of ours speak the protocol by one implementation, which has no I/O."""
    if not case.ours:
        raise NotTried("it speaks the protocol by these tests' own few lines")
    return replayed(built(case, "tests/fuzz/fuzz_session"))


@functools.lru_cache
def replayed(program):
    corpus = os.path.join(TESTS, "fuzz/corpus/session")
    done = subprocess.run([program, corpus], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        # It says the input's name before it tries it.
        raise ShortFall(f"{os.path.basename((done.stdout.split() or ['?'])[-1])}: {done.stderr.strip()[-200:]}")
    return f"{done.stdout.split()[-2]} inputs, the same replies for every split (./iomux fuzz looks for more)"


def built(case, program):
    path = os.path.join(case.build, program)
    if not os.path.exists(path):
        raise NotTried(f"{os.path.basename(program)} is not built")
    return path
