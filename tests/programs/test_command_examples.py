"""The commands after "Try:" in the help texts of the comparison's commands. They take longer than all other examples, so
they run in a process of their own beside them."""

import re
import unittest

from programs import run
from test_examples import COMPARE, RunsExamples


class ExamplesOfCommands(RunsExamples, unittest.TestCase):
    def test_of_every_command_of_the_comparison(self):
        commands = re.findall(r"(?m)^  (\w+) ", run(COMPARE, "--help").stdout.partition("Commands:\n")[2]
                              .partition("\n\n")[0])
        self.assertIn("report", commands)
        for command in commands:
            with self.subTest(command):
                self.check(COMPARE, command, "--help")


if __name__ == "__main__":
    unittest.main()
