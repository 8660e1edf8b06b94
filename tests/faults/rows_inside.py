"""Rows that separate programs try: on a server in their own process, or on code that all servers share."""

import functools
import os
import re
import subprocess

from case import NotTried, ShortFall
from rows_memory import kernel_refuses

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def allocations_fail(case):
    """From outside, the kernel refuses memory. From inside, each allocation of the server fails once."""
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
        raise NotTried("only from outside")
    library = os.path.basename(case.mechanism.program).removeprefix("iomux-").replace("-", "_")
    program = built(case, f"tests/fault_injection/fault_injection_{library}")
    test = "FaultInjection.LosesAtMostOneClientOrTheServerIfAnAllocationFails"
    if why := dict(case.mechanism.known_faults).get(test):
        raise NotTried(f"known to fail from inside: {why}")
    chosen = f"*/{test}/{case.name.replace('-', '_')}"
    done = subprocess.run([program, f"--gtest_filter={chosen}", "--gtest_brief=1"], capture_output=True, text=True,
                          check=False, timeout=300)
    if done.returncode != 0:
        raise ShortFall(f"from inside: {first_failure(done.stdout) or f'exit {done.returncode}'}")
    if "1 test from" not in done.stdout:
        raise NotTried(f"{os.path.basename(program)} has no test for it")
    return "each from inside too"


def first_failure(printed):
    found = re.search(r"Failure\n(.*(?:\n.*){0,3})", printed)
    return found and " ".join(found[1].split())


def any_bytes(case):
    """All our servers share one implementation of the protocol, which has no I/O."""
    if not case.ours:
        raise NotTried("its protocol code belongs to these tests")
    return replayed(built(case, "tests/fuzz/fuzz_session"))


@functools.lru_cache
def replayed(program):
    corpus = os.path.join(TESTS, "fuzz/corpus/session")
    done = subprocess.run([program, corpus], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        # The program prints the name of an input before it tries it.
        raise ShortFall(f"{os.path.basename((done.stdout.split() or ['?'])[-1])}: {done.stderr.strip()[-200:]}")
    return f"{done.stdout.split()[-2]} inputs, the same replies for every split (./iomux fuzz searches for more)"


def built(case, program):
    path = os.path.join(case.build, program)
    if not os.path.exists(path):
        raise NotTried(f"{os.path.basename(program)} is not built")
    return path
