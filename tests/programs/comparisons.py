"""Short comparisons."""

import json
import os
import tempfile

from programs import run

COMPARE = os.environ["IOMUX_COMPARE"]
SHORT = ("--rounds", "1", "--seconds", "0.25", "--connections", "4", "--idle-memory", "0")


def compare(*options, program=COMPARE):
    """The finished run, and the servers in its JSON by title."""
    with tempfile.TemporaryDirectory() as directory:
        file = os.path.join(directory, "results.json")
        done = run(program, *SHORT, *options, "--json", file)
        if not os.path.exists(file):
            return done, {}
        with open(file, encoding="utf-8") as results:
            return done, {one["title"]: one for one in json.load(results)["scenarios"][0]["points"][0]["servers"]}
