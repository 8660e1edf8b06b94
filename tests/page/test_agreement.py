"""Terminal, CSV, Markdown and page name the same servers for one file of results."""
import csv
import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from browser import Browser, missing

COMPARE = os.environ['IOMUX_COMPARE']
CPU = 'cpu_us_per_message'
SERVERS = 'minimal,epoll,poll,select,callbacks'
MISSING = missing()


def run(*arguments):
    return subprocess.run([COMPARE, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL, timeout=120).stdout


def measured(file):
    """Writes the results of a short run, with one point, and returns them."""
    run('run', 'throughput', '--quick', '--rounds', '2', '--seconds', '0.05', '--servers', SERVERS, '--json', file)
    results = json.loads(file.read_text())
    results['scenarios'][0]['points'] = results['scenarios'][0]['points'][:1]
    return results


def results_file(case):
    """A path for results, in a folder that exists until the tests of the class have ended."""
    folder = tempfile.TemporaryDirectory()
    case.addClassCleanup(folder.cleanup)
    return Path(folder.name) / 'results.json'


class OneFile(unittest.TestCase):
    """The stored summary is changed after the measurement, so that a report that computes its own would name others."""

    BEST, ALIKE = 'select', ['epoll', 'callbacks']

    @classmethod
    def setUpClass(cls):
        cls.file = results_file(cls)
        results = measured(cls.file)
        cls.point, = results['scenarios'][0]['points']
        cls.measured = json.loads(json.dumps(cls.point))
        for server in cls.point['servers']:
            server['medians']['ratio'].update(value=2, low=1.9, high=2.1)
        ranking, = (one for one in cls.point['rankings'] if one['figure'] == CPU)
        ranking.update(best=cls.BEST, not_told_apart=cls.ALIKE, order=[cls.BEST, *cls.ALIKE, 'poll'])
        for cost in cls.point['costs']:
            cost.update(value=3.25, low=3.126, high=3.5, verdict='more')
        cls.file.write_text(json.dumps(results))

    def names(self, text):
        """The best server of a text such as `Lowest CPU µs/msg: a or b (…)`, and those not told apart from it."""
        best, *alike = re.search(r'^Lowest CPU µs/msg: (.*?) \(', text, re.MULTILINE)[1].split(' or ')
        return best, alike

    def test_is_measured_with_a_ranking_of_all_but_minimal(self):
        for ranking in self.measured['rankings']:
            self.assertNotIn('minimal', ranking['order'])
            self.assertEqual(ranking['best'], ranking['order'][0])
        figures = [ranking['figure'] for ranking in self.measured['rankings']]
        self.assertEqual(figures, [CPU, 'messages_per_second', 'latency_us_p50', 'latency_us_p99', 'latency_us_p99_9'][
            :len(figures)])
        ranking = self.measured['rankings'][0]
        self.assertEqual(set(ranking['order']), set(SERVERS.split(',')) - {'minimal'})

    def test_names_them_in_the_terminal(self):
        text = run('report', self.file)
        self.assertEqual(self.names(text), (self.BEST, self.ALIKE))
        self.assertTrue(text.startswith('In brief:\nCheapest: select or epoll or callbacks (Asio) (not told apart); 1 busy connection: '), text)

    def test_names_them_in_markdown(self):
        text = run('report', self.file, '--markdown', '-')
        self.assertEqual(self.names(text), (self.BEST, self.ALIKE))
        self.assertTrue(text.startswith('In brief:\n\n- Cheapest: select or epoll or callbacks (Asio) (not told apart); 1 busy connection: '),
                        text)

    def test_names_them_in_json(self):
        first = json.loads(run('report', self.file, '--json', '-'))['brief'][0]
        self.assertEqual((first['question'], first['answer']), ('Cheapest', 'select or epoll or callbacks (Asio)'))

    def test_names_them_in_csv(self):
        rows = list(csv.DictReader(run('report', self.file, '--csv', '-').splitlines()))
        self.assertEqual([row['server'] for row in rows if CPU in row['best_in'].split()], [self.BEST])
        self.assertEqual({row['server'] for row in rows if CPU in row['not_told_apart_in'].split()}, set(self.ALIKE))

    @unittest.skipIf(MISSING, f'not installed: {MISSING} (Debian: chromium, chromium-driver)')
    def test_names_them_on_the_page(self):
        page = self.file.with_suffix('.html')
        run('report', self.file, '--html', page)
        with Browser() as browser:
            browser.open(page)
            answer, above = browser.run("""
                return [document.querySelector('.answers .answer').textContent,
                        document.querySelector('#throughput .lead').textContent];""")
        self.assertEqual(answer.replace(' (Asio)', '').split(' or '), [self.BEST, *self.ALIKE])
        self.assertRegex(above, f'^1 connection: {self.BEST} or epoll or callbacks is cheapest \\({self.BEST}: ')
        self.assertIn('3.25 × [3.13–3.50]', above)

    def test_prints_the_verdict_of_the_results(self):
        point, = json.loads(run('report', self.file, '--json', '-'))['scenarios'][0]['points']
        for text in run('report', self.file), run('report', self.file, '--markdown', '-'):
            self.assertIn('Verdict: ' + point['verdict']['text'], ' '.join(text.split()))

    def test_prints_the_stored_cost_everywhere_else(self):
        for text in run('report', self.file), run('report', self.file, '--markdown', '-'):
            self.assertIn('takes 3.25 × [3.13–3.50] the CPU time of', text)
        row, = (row for row in csv.DictReader(run('report', self.file, '--csv', '-').splitlines()) if row['over_raw'])
        self.assertEqual((row['server'], row['over_raw'], row['over_raw_low'], row['over_raw_high'], row['over_epoll']),
                         ('callbacks', '3.25', '3.126', '3.5', '3.25'))


class MemoryAndCalls(unittest.TestCase):
    """The stored figures are changed, so that what is printed cannot be from anywhere else."""

    @classmethod
    def setUpClass(cls):
        cls.file = results_file(cls)
        run('run', 'memory', 'syscalls', '--quick', '--servers', SERVERS, '--json', cls.file)
        results = json.loads(cls.file.read_text())
        for scenario in results['scenarios']:
            for point in scenario['points']:
                order = ['select', 'poll', 'callbacks', 'epoll']
                for server in point['servers']:
                    place = order.index(server['title']) if server['title'] in order else 4
                    if server['idle_connection']:
                        server['idle_connection'].update(bytes=1024 * (1 + place // 2), kernel_stack_bytes=0)
                    if server['system_calls']:
                        server['system_calls']['all_per_message'] = 2.25 + place
                for ranking in point['rankings']:
                    ranking.update(best='select', order=order, not_told_apart=[])
        cls.file.write_text(json.dumps(results))
        cls.expected = [
            ('Least memory per idle connection', 'select or poll: 1.00 KiB',
             '500 idle connections', 'select 1.00 KiB, poll 1.00 KiB, callbacks (Asio) 2.00 KiB, epoll 2.00 KiB, measured once'),
            *[(f'Fewest system calls per message for {load}', 'select: 2.25', load,
               'select 2.25, poll 3.25, callbacks (Asio) 4.25, epoll 5.25, measured once')
              for load in ('1 busy connection', '64 busy connections')]]

    def test_are_in_the_brief_of_the_terminal_and_of_markdown(self):
        for options in (), ('--markdown', '-'):
            lines = ' '.join(run('report', self.file, *options).split())
            for question, found, load, why in self.expected:
                self.assertIn(f'{question}: {found}; {why if load in question else f"{load}: {why}"}', lines)

    @unittest.skipIf(MISSING, f'not installed: {MISSING} (Debian: chromium, chromium-driver)')
    def test_are_in_the_brief_of_the_page(self):
        page = self.file.with_suffix('.html')
        run('report', self.file, '--html', page)
        with Browser() as browser:
            browser.open(page)
            answers, missing_ones = browser.run("""
                const texts = (of, selector) => [...of.querySelectorAll(selector)].map((one) => one.textContent);
                return [[...document.querySelectorAll('.answers > div')].map((one) =>
                    [...texts(one, 'dt, .answer'), ...texts(one, '.why')]), texts(document, '.not-measured li')];""")
        for (question, found, load, why), shown in zip(self.expected, answers, strict=True):
            self.assertEqual(shown[:2], [question, found])
            self.assertEqual(len(shown), 3)
            self.assertEqual(shown[2].strip(), f'{load}: {why}.')
        self.assertEqual(missing_ones, ['Cheapest for 10 busy connections: ./iomux compare run throughput',
                                        'Cheapest for 10,000 idle connections and 10 busy ones: ./iomux compare run idle',
                                        'CPU cost of Asio relative to raw epoll: ./iomux compare run throughput idle '
                                        '--servers minimal,epoll,callbacks'])


class DoubtfulFigures(unittest.TestCase):
    """The stored medians are changed so that two servers are at opposite sides of each limit."""

    @classmethod
    def setUpClass(cls):
        cls.file = results_file(cls)
        results = measured(cls.file)
        point, = results['scenarios'][0]['points']
        for server in point['servers']:
            server['medians']['in_flight_ratio'] = 1.06 if server['title'] == 'epoll' else 1.04
            server['medians']['unsent_share'] = 0.011 if server['title'] == 'poll' else 0.009
        noisy, certain, *_ = point['costs']
        noisy.update(value=1, low=0.94, high=1.06, verdict='not told apart')
        certain.update(value=1, low=0.96, high=1.04, verdict='not told apart')
        cls.file.write_text(json.dumps(results))

    def test_are_marked_in_the_terminal(self):
        text = run('report', self.file)
        for mark, server in ('†', 'epoll'), ('‡', 'poll'):
            self.assertEqual(set(re.findall(rf'^(\S+) .*{mark}$', text, re.MULTILINE)), {server})
        self.assertRegex(' '.join(text.split()), r'\[0\.94–1\.06\] the CPU time of [^:]*: too noisy to tell \(±6 %\)\.')
        self.assertRegex(' '.join(text.split()), r'\[0\.96–1\.04\] the CPU time of [^:]*: not told apart \(±4 %\)\.')

    @unittest.skipIf(MISSING, f'not installed: {MISSING} (Debian: chromium, chromium-driver)')
    def test_are_marked_on_the_page(self):
        page = self.file.with_suffix('.html')
        run('report', self.file, '--html', page)
        with Browser() as browser:
            browser.open(page)
            notes, above, answer = browser.run("""
                const [scenario] = results.scenarios;
                return [notesOn(scenario, FIGURES.messages_per_second),
                        document.querySelector('#throughput .lead').textContent,
                        [...document.querySelectorAll('.answers > div')].find((one) => one.textContent.startsWith('CPU cost of Asio'))
                            .querySelector('.answer').textContent];""")
        self.assertEqual([note.split(': ')[-1] for note in notes if note.startswith('Rate ×')], ['epoll.'])
        self.assertEqual([note.split(': ')[-1] for note in notes if note.startswith('More than 1 %')], ['poll.'])
        self.assertRegex(above, r'\[0\.94–1\.06\] the CPU time of [^:]*: too noisy to tell \(±6 %\)\.$')
        self.assertEqual(answer, 'Not told apart (±4 %).')


if __name__ == '__main__':
    unittest.main()
