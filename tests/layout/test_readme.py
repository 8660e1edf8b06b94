"""README is short, and what it names exists."""
import re
import unittest
import xml.etree.ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / 'README.md').read_text(encoding='utf-8')
MOST_LINES = 250


def names_in(pattern, *files):
    return {name for file in files for name in re.findall(pattern, (ROOT / file).read_text(encoding='utf-8'))}


class Readme(unittest.TestCase):
    def test_is_short(self):
        self.assertLessEqual(len(README.splitlines()), MOST_LINES)

    def test_links_to_files_that_exist(self):
        links = re.findall(r'\]\(([^)]+)\)', README)
        self.assertGreater(len(links), 15)
        self.assertEqual([link for link in links if '://' not in link and not (ROOT / link).exists()], [])

    def test_names_sources_that_exist(self):
        names = set(re.findall(r'\b(?:raw|asio|src|tests)/[\w./]*\w', README))
        self.assertGreater(len(names), 30)
        backends = {'asio/blocking'}  # the name of a server
        self.assertEqual([name for name in sorted(names - backends) if not (ROOT / name).exists()], [])

    def test_compares_files_that_exist(self):
        pairs = re.findall(r'^diff -u (\S+) (\S+)', README, re.MULTILINE)
        self.assertGreaterEqual(len(pairs), 8)
        self.assertEqual([file for pair in pairs for file in pair if not (ROOT / file).is_file()], [])

    def test_names_commands_that_exist(self):
        known = re.search(r'^commands=\((.*)\)$', (ROOT / 'iomux').read_text(), re.MULTILINE)[1].split()
        used = set(re.findall(r'\./iomux ([a-z]+)', README))
        self.assertGreater(len(used), 5)
        self.assertLessEqual(used, set(known))

    def test_lists_every_server_with_its_file(self):
        rows = re.findall(r'^\| `([^`]+)` \| \w+ \|.*\| \[([^\]]+)\]\(\2\) \|$', README, re.MULTILINE)
        listed = {(Path(file).parts[0], name.removeprefix('asio/')) for name, file in rows}
        existing = {('raw', name) for name in names_in(r'\.name = "([^"]+)"', 'raw/mechanisms.cpp')}
        existing |= {('asio', name) for name in names_in(r'\.name = "([^"]+)"', 'asio/styles.cpp')}
        self.assertEqual(listed, existing)

    def test_names_servers_as_the_comparison_does(self):
        rows = re.findall(r'^\| `([^`]+)` \| \w+ \|.*\| \[([^\]]+)\]\(\2\) \|$', README, re.MULTILINE)
        raw = {name for name, file in rows if file.startswith('raw/')}
        for name, file in rows:
            # Without a program, a name means the server of iomux-raw if there is one.
            program = 'asio' if file.startswith('asio/') else 'raw'
            means = name.partition('/')[0] if '/' in name else 'raw' if name in raw else 'asio'
            self.assertEqual(means, program, name)

    def test_shows_a_picture_that_the_tool_has_drawn(self):
        [picture] = re.findall(r'!\[[^\]]+\]\(([^)]+\.svg)\)', README)
        svg = xml.etree.ElementTree.parse(ROOT / picture).getroot()
        self.assertEqual(svg.tag, '{http://www.w3.org/2000/svg}svg')
        self.assertIn('idle', svg.find('{*}title').text)
        self.assertRegex(README, r'`\./iomux compare run idle [^`]*--json F` measured[^`]*`report F --scenario idle --svg idle\.svg`')


if __name__ == '__main__':
    unittest.main()
