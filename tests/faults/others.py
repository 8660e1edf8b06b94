"""Servers that follow their libraries' documentation (tests/faults/others), for the same rows."""

import os
from dataclasses import dataclass

NAMES = ("asio_tutorial", "libuv", "libevent")


@dataclass(frozen=True)
class Other:
    """A server that has only these options."""

    program: str
    name: str
    options: tuple = ("--port", "--framing", "--service", "--suffix")


def every_other(build):
    folder = os.path.join(build, "tests/faults/others")
    return [Other(os.path.join(folder, name), name) for name in NAMES if os.path.exists(os.path.join(folder, name))]


def missing(build):
    found = [other.name for other in every_other(build)]
    return [name for name in NAMES if name not in found]
