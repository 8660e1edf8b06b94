"""The code in the page: complete, and identical to the source files."""
import html
import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'src/compare/report/page'))

import generate  # noqa: E402
import highlight  # noqa: E402
import sources  # noqa: E402

SERVERS = sources.servers(ROOT)


def text_of(part):
    return html.unescape(re.sub(r'<[^>]+>', '', part['html']))


def by_name(name):
    return next(server for server in SERVERS if f'{server["program"]}/{server["name"]}' == name)


def functions_of(name, stage):
    return [part['function'] for part in by_name(name)['stages'][stage]]


class EveryServer(unittest.TestCase):
    def test_is_in_the_page(self):
        for program in ('raw', 'asio'):
            listed = subprocess.run([os.environ[f'IOMUX_{program.upper()}'], '--list', '--json'], check=True,
                                    stdout=subprocess.PIPE).stdout
            names = {entry['name'] for entry in json.loads(listed)}
            # The page also has servers that this build leaves out, because their files exist.
            self.assertLessEqual(names, {server['name'] for server in SERVERS if server['program'] == program})

    def test_has_code_identical_to_its_file(self):
        for server in SERVERS:
            for parts in server['stages'].values():
                for part in parts:
                    lines = (ROOT / part['file']).read_text().split('\n')[part['line'] - 1:]
                    shown = text_of(part).split('\n')
                    margin = len(lines[0]) - len(lines[0].lstrip())
                    expected = [line[margin:] for line in lines[:len(shown)]]
                    self.assertEqual(shown, expected, f'{part["file"]}:{part["line"]}')

    def test_has_all_stages_in_their_order(self):
        for server in SERVERS:
            self.assertEqual(list(server['stages']), ['run', 'listen', 'wait', 'accept', 'read', 'write', 'watch', 'close'])

    def test_has_code_for_run_accept_read_and_write(self):
        for server in SERVERS:
            for stage in ('run', 'accept', 'read', 'write'):
                self.assertTrue(server['stages'][stage], f'{server["file"]}: {stage}')

    def test_is_described_by_the_first_comment_of_its_file(self):
        for server in SERVERS:
            self.assertGreater(len(server['about']), 100, server['file'])


class Stages(unittest.TestCase):
    def test_are_functions_named_after_the_stage(self):
        self.assertEqual(functions_of('raw/epoll', 'close'), ['close'])
        self.assertEqual(functions_of('raw/epoll', 'watch'), ['watch', 'watch_listener'])
        self.assertEqual(functions_of('raw/epoll-oneshot', 'watch'), ['watch_listener', 'arm'])
        self.assertEqual(functions_of('raw/io_uring', 'read'), ['start_read', 'received', 'cancel_read'])

    def test_are_calls_if_no_function_is_named_after_the_stage(self):
        self.assertEqual(functions_of('raw/minimal', 'read'), ['echo'])
        write, = by_name('raw/minimal')['stages']['write']
        self.assertRegex(text_of(write), r'^if .*::send\(.*;$')

    def test_are_missing_without_function_and_call(self):
        self.assertEqual(functions_of('raw/blocking', 'wait'), [])
        self.assertEqual(functions_of('asio/callbacks', 'watch'), [])

    def test_are_also_found_in_shared_files(self):
        self.assertEqual([part['file'] for part in by_name('asio/callbacks')['stages']['run']], ['asio/service.cpp'])
        self.assertEqual([part['file'] for part in by_name('raw/epoll')['stages']['run']], ['raw/readiness_loop.hpp'])


class WholeFiles(unittest.TestCase):
    def setUp(self):
        self.shown = sources.whole_files(ROOT)

    def test_are_identical_to_the_files(self):
        for path, code in self.shown['files'].items():
            self.assertEqual(text_of({'html': code}), (ROOT / path).read_text().rstrip('\n'), path)

    def test_have_no_element_that_spans_lines(self):
        for path, code in self.shown['files'].items():
            for line in code.split('\n'):
                self.assertEqual(line.count('<span'), line.count('</span>'), f'{path}: {line}')

    def test_begin_with_the_server_s_own(self):
        self.assertEqual([server['files'][0] for server in self.shown['servers']], [server['file'] for server in SERVERS])

    def test_contain_each_stage_at_its_lines(self):
        for server, known in zip(self.shown['servers'], SERVERS):
            for stage, places in server['stages'].items():
                self.assertEqual([part['line'] for part in known['stages'][stage]], [place['line'] for place in places])
                for place, part in zip(places, known['stages'][stage]):
                    self.assertIn(place['file'], server['files'])
                    lines = text_of({'html': self.shown['files'][place['file']]}).split('\n')[place['line'] - 1:][:place['lines']]
                    self.assertEqual([line.strip() for line in lines], [line.strip() for line in text_of(part).split('\n')])


class Places(unittest.TestCase):
    """Where a server is in the order of colours and markers."""

    def test_are_the_same_in_the_page_and_in_svg_charts(self):
        def placed(path, before, quote):
            inside = re.search(rf'{before}[^\[{{]*[\[{{](.*?)[\]}}]', (ROOT / path).read_text(), re.DOTALL)[1]
            return re.findall(rf'{quote}([^{quote}]+){quote}', inside)

        page = placed('src/compare/report/page/chart_style.js', 'const PLACED', "'")
        self.assertEqual(page, placed('src/compare/report/svg.cpp', '> placed', '"'))
        self.assertIn('epoll', page)


class Highlighting(unittest.TestCase):
    def test_keeps_the_text(self):
        code = 'if (a < b && c) ::send(fd, "<&\\"", 0);  // x < y\n'
        self.assertEqual(text_of({'html': highlight.highlight(code)}), code)

    def test_marks_system_calls_but_no_other_qualified_names(self):
        marked = highlight.highlight('::recv(a); posix::check(b); std::vector<int>::size(c);')
        self.assertEqual(re.findall(r'<span class="call">([^<]*)', marked), ['::recv'])

    def test_marks_nothing_inside_a_comment(self):
        self.assertEqual(highlight.highlight('// if 1'), '<span class="comment">// if 1</span>')


class ThePlaces(unittest.TestCase):
    def test_are_those_of_the_definitions(self):
        places = sources.places(ROOT)
        self.assertRegex(places['Connection::update'], r'^src/server/connection\.cpp, line \d+$')
        for name, place in places.items():
            file, line = place.split(', line ')
            self.assertIn(f'{name}(', (ROOT / file).read_text().split('\n')[int(line) - 1], place)


class Generated(unittest.TestCase):
    def test_page_has_one_placeholder_for_the_results(self):
        before, after = generate.page(SERVERS, '')
        self.assertTrue(before.endswith('id="results">'))
        self.assertTrue(after.startswith('</script>'))
        self.assertNotIn('{{', before)

    def test_source_has_the_page_in_literals_of_supported_length(self):
        pieces = re.findall(r'R"iomux\((.*?)\)iomux"', generate.as_cpp({'page': ('x' * 100_000, 'ü)"')}), re.DOTALL)
        self.assertEqual(''.join(pieces), 'x' * 100_000 + 'ü)"')
        self.assertLess(max(len(piece.encode()) for piece in pieces), 65_536)

    def test_refuses_a_script_that_closes_its_element(self):
        with self.assertRaises(ValueError):
            generate.script_in_html('"</SCRIPT>"')


if __name__ == '__main__':
    unittest.main()
