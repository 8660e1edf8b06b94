"""What ./iomux answers without building anything."""

import os
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPARE = os.environ["IOMUX_COMPARE"]


def launched(*words):
    return subprocess.run([ROOT / "iomux", *words], capture_output=True, text=True, timeout=60)


class TheLauncher(unittest.TestCase):
    def assert_refused(self, *words, saying):
        done = launched(*words)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (2, "", f"iomux: {saying}\n"))

    def test_prints_its_help_however_it_is_asked(self):
        help_text = launched("help")
        self.assertEqual((help_text.returncode, help_text.stderr), (0, ""))
        self.assertTrue(help_text.stdout.startswith("Usage: ./iomux COMMAND"), help_text.stdout)
        for words in ((), ("-h",), ("--help",), ("help", "fuzz"), ("fuzz", "--help"), ("build", "-h"), ("run", "help")):
            with self.subTest(words=words):
                self.assertEqual(launched(*words).stdout, help_text.stdout)

    def test_describes_every_command_that_it_has(self):
        dispatched = re.search(r"^commands=\((.*)\)$", (ROOT / "iomux").read_text(), re.MULTILINE)[1].split()
        described = re.findall(r"^  ([a-z]+) ", launched("help").stdout, re.MULTILINE)
        self.assertEqual(set(described), set(dispatched))

    def test_fits_a_terminal_of_120_columns(self):
        self.assertLessEqual(max(map(len, launched("help").stdout.splitlines())), 120)

    def test_prints_the_projects_version(self):
        version = re.search(r"project\(iomux VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
        for word in "version", "--version", "-V":
            done = launched(word)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, f"iomux {version}\n", ""))

    def test_suggests_the_command_that_was_meant(self):
        self.assert_refused("comprae", saying='no command named "comprae"; did you mean "compare"? (see ./iomux help)')
        self.assert_refused("tset", saying='no command named "tset"; did you mean "test"? (see ./iomux help)')
        self.assert_refused("help", "fault", saying='no command named "fault"; did you mean "faults"? (see ./iomux help)')

    def test_lists_the_commands_if_none_is_close(self):
        commands = "compare, serve, run, test, faults, soak, fuzz, coverage, tidy, build, help, version"
        for words in ("telepathy",), ("help", "telepathy"):
            self.assert_refused(*words, saying=f'no command named "telepathy"; the commands are {commands} (see ./iomux help)')

    def test_suggests_the_option_that_was_meant(self):
        self.assert_refused("--halp", saying='unknown option --halp; did you mean --help? (see ./iomux help)')
        self.assert_refused("--verison", saying='unknown option --verison; did you mean --version? (see ./iomux help)')
        self.assert_refused("-x", saying='unknown option -x (see ./iomux help)')

    def test_suggests_the_command_that_has_an_option(self):
        for option in "--quick", "--svg":
            self.assert_refused(option, saying=f'unknown option {option}; did you mean "./iomux compare run {option}"? '
                                               "(see ./iomux help)")

    def test_suggests_the_command_of_the_comparison_that_was_meant(self):
        commands = re.findall(r"(?m)^  (\w+) ", subprocess.run([COMPARE, "--help"], capture_output=True, text=True, timeout=60)
                              .stdout.partition("Commands:\n")[2].partition("\n\n")[0])
        self.assertIn("claims", commands)
        for command in set(commands) - {"run"}:
            self.assert_refused(command, saying=f'no command named "{command}"; did you mean "./iomux compare {command}"? '
                                                "(see ./iomux help)")
        self.assert_refused("cliams", saying='no command named "cliams"; did you mean "./iomux compare claims"? '
                                             "(see ./iomux help)")

    def test_suggests_to_run_a_program(self):
        self.assert_refused("iomux-raw", "epoll", saying='no command named "iomux-raw"; did you mean "./iomux run iomux-raw"? '
                                                         "(see ./iomux help)")

    def test_finds_the_same_nearest_name_as_the_programs(self):
        cases = (ROOT / "tests/cli/nearest_test.cpp").read_text()
        names = re.findall(r'"([^"]+)"', re.search(r"servers\{([^}]+)\}", cases)[1])
        pairs = re.findall(r'EXPECT_EQ\(nearest_server\("([^"]*)"\), "([^"]*)"\)', cases)
        unrelated = re.search(r"IsNothingForAnUnrelatedWord\) \{\s+for \(const char\* word : \{([^}]*)\}", cases)[1]
        pairs += [(word, "") for word in re.findall(r'"([^"]*)"', unrelated)]
        self.assertGreater(len(pairs), 15)
        functions = re.findall(r"(?ms)^(?:distance|nearest)\(\) \{\n.*?^\}\n", (ROOT / "iomux").read_text())
        self.assertEqual(len(functions), 2)
        for word, name in pairs:
            with self.subTest(word):
                found = subprocess.run(["bash", "-euc", "\n".join(functions) + 'nearest "$@"', "nearest", word, *names],
                                       capture_output=True, text=True, timeout=60)
                self.assertEqual((found.stdout, found.stderr), (name, ""))

    def test_suggests_the_fuzz_target_and_option_that_were_meant(self):
        done = launched("fuzz", "sesion")
        self.assertEqual(done.returncode, 2)
        self.assertTrue(done.stderr.startswith(
            'iomux: fuzz: no target named "sesion"; did you mean "session"? (targets: '), done.stderr)
        self.assert_refused("fuzz", "--second", "3", saying='fuzz: unknown option --second; did you mean --seconds? '
                                                            "(see ./iomux help)")
        self.assert_refused("fuzz", "--seconds", "0", saying='fuzz: --seconds must be a whole number from 1, not "0"')

    def test_suggests_the_program_that_was_meant(self):
        self.assert_refused("run", "iomux-rw",
                            saying='no program named "iomux-rw"; did you mean "iomux-raw"? (see ./iomux help)')
        self.assert_refused("run", "foo", saying='no program named "foo"; the programs are iomux-raw, iomux-asio, '
                                                 "iomux-asio-select, iomux-asio-io_uring, iomux-client, iomux-load, "
                                                 "iomux-compare, iomux-serve (see ./iomux help)")

    def test_runs_no_program_without_a_name(self):
        self.assert_refused("run", saying="run requires a program: iomux-raw, iomux-asio, iomux-client or iomux-load")


if __name__ == "__main__":
    unittest.main()
