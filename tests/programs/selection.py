"""Selects servers by the command lines of tests/faults and tests/soak."""

import difflib
import os
import sys


def find_programs(build):
    """Tells the module `programs` where the programs are. It must be called before that module is imported."""
    build = os.path.abspath(build)
    asio = os.path.join(build, "asio/iomux-asio")
    backends = [path for path in (f"{asio}-select", f"{asio}-io_uring") if os.access(path, os.X_OK)]
    os.environ.setdefault("IOMUX_RAW", os.path.join(build, "raw/iomux-raw"))
    os.environ.setdefault("IOMUX_ASIO", asio)
    os.environ.setdefault("IOMUX_ASIO_BACKENDS", ":".join(backends))


def title_of(mechanism):
    program = os.path.basename(mechanism.program).removeprefix("iomux-")
    return program if program == mechanism.name else f"{program}/{mechanism.name}"


def unknown_server_text(name, known):
    spellings = {spelling.lower(): spelling for one in known for spelling in (title_of(one), one.name)}
    near = difflib.get_close_matches(name.lower(), spellings, n=1)
    meant = f'; did you mean "{spellings[near[0]]}"?' if near else ""
    return f'no server named "{name}"{meant} (servers: {", ".join(map(title_of, known))})'


def chosen_servers(names, known):
    """The servers in a list such as `epoll,asio/callbacks`, or all of them without a list."""
    if names is None:
        return known
    chosen = []
    for name in names.split(","):
        matching = [one for one in known if name in (title_of(one), one.name)]
        if not matching:
            print(f"{os.path.basename(sys.argv[0])}: {unknown_server_text(name, known)}", file=sys.stderr)
            raise SystemExit(2)
        chosen.append(matching[0])
    return chosen
