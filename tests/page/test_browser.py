"""The HTML report in a headless Chromium: it draws everything, logs no errors and loads nothing."""
import sys
import tempfile
import unittest
from pathlib import Path

import sample
from browser import Browser, missing
from pages import embedded_in, page_of

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'src/compare/report/page'))

import generate  # noqa: E402
import sources  # noqa: E402

MISSING = missing()

# The number of drawn pixels of each chart.
INK_OF_CHARTS = """
return [...document.querySelectorAll('canvas')].map((canvas) => {
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let ink = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) ++ink;
    return ink;
});"""


def few_of(results):
    """The results with few servers per point, so that a browser on a slow machine draws them quickly."""
    for scenario in results['scenarios']:
        for point in scenario['points']:
            point['servers'] = [server for server in point['servers']
                                if server['title'] in ('minimal', 'select', 'epoll', 'callbacks')]
            sample.summarise(point)
        if scenario['crossover']:
            scenario['crossover'] = sample.crossover(scenario['points'])
    return results


def point_of(ratios, connections=10, idle=0):
    """A point from each server's ratio to the baseline, with or without the ends of its interval."""
    servers = [{'title': name, 'name': name, 'program': 'asio' if name == 'callbacks' else 'raw',
                'medians': {'ratio': dict(zip(('value', 'low', 'high'), ratio))}} for name, ratio in ratios.items()]
    return without_nulls(sample.summarise({'label': 'here', 'baseline': 'minimal', 'servers': servers,
                                           'work': {'connections': connections, 'idle': idle}}))


def without_nulls(value):
    """The value as the page has it."""
    if isinstance(value, list):
        return [without_nulls(one) for one in value]
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return value


@unittest.skipIf(MISSING, f'not installed: {MISSING} (Debian: chromium, chromium-driver)')
class InABrowser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.path = Path(folder.name) / 'report.html'
        cls.path.write_text(page_of(few_of(sample.results())))
        cls.browser = Browser()
        cls.browser.__enter__()
        cls.addClassCleanup(cls.browser.__exit__)

    def setUp(self):
        self.open()

    def open(self, width=1280, scheme='light', path=None):
        self.browser.console_messages()
        self.browser.show_as(width, scheme=scheme)
        self.browser.open(path or self.path)

    def texts(self, selector):
        return self.browser.run('return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)',
                                selector)

    def test_draws_everything_without_console_messages(self):
        self.assertEqual(self.browser.console_messages(), [])
        self.assertEqual(self.browser.run('return "drawn" in document.documentElement.dataset'), True)
        sections = self.browser.run('return [...document.querySelectorAll("main > section")].map((one) => one.id)')
        self.assertEqual(sections, ['in-brief', *(one['name'] for one in sample.results()['scenarios']), 'code', 'claims',
                                    'monitor', 'environment'])

    def test_has_the_time_of_the_run_in_its_title(self):
        self.assertEqual(self.browser.run('return document.title'),
                         'I/O mechanisms on Linux compared · 25 November 2026 at 14:20 UTC')

    def test_requests_only_itself(self):
        self.assertEqual(set(self.browser.requested_by(self.path)), {self.path.as_uri()})

    def test_has_ink_in_every_chart(self):
        if not self.browser.run('return HAS_CHARTS'):
            self.skipTest('this build has no Chart.js')
        ink = self.browser.run(INK_OF_CHARTS)
        # One per scenario except the crossover table, two more for latencies, and two for the monitor.
        self.assertEqual(len(ink), len(sample.results()['scenarios']) - 1 + 2 + 2)
        self.assertGreater(min(ink), 1000)

    def test_has_a_sentence_above_and_a_table_below_every_chart(self):
        figures = self.browser.run("""
            return [...document.querySelectorAll('.figure')].map((figure) =>
                [figure.querySelector('.lead').textContent, figure.querySelectorAll('details td').length]);""")
        for sentence, cells in figures:
            self.assertRegex(sentence, r'^[A-Z0-9].{20,}\.$')
            self.assertGreater(cells, 0)

    def test_shows_in_brief_each_question_its_answer_and_the_reasons(self):
        shown = self.browser.run("""
            return [...document.querySelectorAll('.answers > div')].map((one) => [
                one.querySelector('dt').textContent, one.querySelector('.answer').textContent,
                [...one.querySelectorAll('.why')].map((why) => why.textContent)]);""")
        self.assertEqual(shown, [[one['question'], one['answer'], [f'{why["sure"]} The {why["load"][4:]}: {why["text"]}.' for why in one['why']]]
                                 for one in sample.results()['brief']])

    def test_names_the_servers_that_the_answers_are_about_and_what_the_words_mean(self):
        lead, = self.texts('#in-brief > .lead')
        self.assertRegex(lead, r'^The cheapest server takes the least CPU time per message\. Compared: minimal \(a bare epoll loop\), select, .*callbacks \(Asio\)')
        words = self.texts('#in-brief > .quiet')[0]
        for part in 'In brackets: ', 'certain: ', 'likely: ', 'not told apart: ', 'too noisy to tell: ', 'Not ranked: minimal':
            self.assertIn(part, words)
        self.assertEqual(' '.join(self.texts('#in-brief')).count('not ranked'), 0)

    def test_shows_the_cheapest_servers_of_each_cell_and_the_sentence_on_them(self):
        active, = (one for one in few_of(sample.results())['scenarios'] if one['name'] == 'active')
        self.assertEqual(self.texts('#active .lead'), [active['crossover']['text']])
        bests = [ranking['best'] for point in active['points'] for ranking in point['rankings']
                 if ranking['figure'] == sample.CPU]
        self.assertEqual(sorted(self.texts('.crossover td b')), sorted(bests))
        colours = self.browser.run("""
            return [...document.querySelectorAll('.crossover td')].map((cell) =>
                [cell.querySelector('b').textContent, cell.getAttribute('style')]);""")
        for server, style in colours:
            self.assertEqual(style, f'--cell:var(--{self.browser.run("return styles.variable(arguments[0])", server)})')
        self.assertGreater(len({style for _, style in colours}), 1)

    def test_gives_every_server_its_own_look_whatever_it_is_shown_with(self):
        """Also that of the servers' code: every mechanism and style has a look of its own."""
        looks = self.browser.run("""
            const all = JSON.parse(document.getElementById('code-of-servers').textContent)
                .map(({program, name}) => ({program, name, title: program === 'asio' && name === 'blocking' ? 'asio/blocking' : name}));
            const lookIn = (servers, {title}) => {
                const {borderColor, pointStyle, borderDash} = new ServerStyles({scenarios: [{points: [{servers}]}]}).line(title);
                return [borderColor, pointStyle, ...borderDash].join();
            };
            return all.map((server) => [server.title, lookIn([server], server), lookIn([...all].reverse(), server), lookIn(all, server)]);""")
        for title, *same in looks:
            self.assertEqual(len(set(same)), 1, title)
        self.assertEqual(len({look.split(',', 1)[0] + look for _, look, *_ in looks}), len(looks))
        markers = self.browser.run('return JSON.parse(document.getElementById("code-of-servers").textContent).map(({name}) => PLACED.includes(name))')
        self.assertEqual([place for place in markers if not place], [False])  # minimal, which is grey
        other = self.browser.run("""
            const lookOf = (title, program) => {
                const styles = new ServerStyles({scenarios: []});
                styles.add(title, {program, name: title.split('/').at(-1)});
                const {borderColor, pointStyle, borderDash} = styles.line(title);
                return [borderColor, pointStyle, borderDash.join()];
            };
            return [lookOf('callbacks', 'asio'), lookOf('asio-select/callbacks', 'asio-select'), lookOf('asio/blocking', 'asio'),
                lookOf('asio-select/blocking', 'asio-select')];""")
        self.assertEqual([one[:2] for one in other[::2]], [one[:2] for one in other[1::2]])
        self.assertEqual([one[2] for one in other], ['7,3', '2,2', '7,3', '2,2'])

    def test_warns_in_brief_if_the_machine_was_busy(self):
        self.assertEqual(self.texts('.warning'), [])
        results = few_of(sample.results())
        results['environment']['machine_check']['doubts'] = ['other processes used 40 % of the measured cores',
                                                             'the load average was 5.1 on 2 cores']
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / 'busy.html'
            path.write_text(page_of(results))
            self.open(path=path)
        self.assertEqual(self.texts('#in-brief .warning'),
                         ['Warning: results are less certain, because other processes used 40 % of the measured cores; '
                          'the load average was 5.1 on 2 cores.'])

    def test_links_each_answer_to_the_charts_of_its_evidence(self):
        links = self.browser.run("""
            return [...document.querySelectorAll('.answers a')].map((link) =>
                [link.textContent, link.hash, document.querySelector(link.hash)?.localName]);""")
        few, many, idle = [[f'The load of {point}', f'#{scenario}', 'section'] for point, scenario in (
            ('10 connections', 'throughput'), ('1,000 connections', 'throughput'), ('10,000 idle', 'idle'))]
        self.assertEqual(links, [few, many, idle, few, many, idle])

    def test_shows_which_servers_were_skipped_and_why(self):
        self.assertIn('skipped: supports only descriptors below 1,024', self.texts('#idle td.remark'))

    def test_shows_the_selected_figure(self):
        before = self.texts('#throughput .lead')
        self.browser.run('document.querySelectorAll("#throughput .figures button")[1].click()')
        self.assertNotEqual(self.texts('#throughput .lead'), before)
        self.assertRegex(self.texts('#throughput tbody td')[0], ' µs$')

    def test_shows_the_system_calls_of_the_selected_point(self):
        before = self.texts('#syscalls .lead')
        self.browser.run("""
            const select = document.querySelector('#syscalls select');
            select.selectedIndex = 0;
            select.dispatchEvent(new Event('change'));""")
        self.assertRegex(before[0], '^64 connections: ')
        self.assertRegex(self.texts('#syscalls .lead')[0], '^1 connections: ')

    def test_describes_the_workload(self):
        self.assertEqual(self.texts('#idle > .figure > .quiet')[-1],
                         'Workload: 64 busy connections; 64 bytes per message; 1 message in flight per connection; '
                         '0.4 s per round; server on core 1; load on core 0.')

    def test_draws_the_monitor_by_watched_and_by_ready_descriptors(self):
        self.assertEqual([text.split(' (')[0] for text in self.texts('#monitor .lead')],
                         ['10 descriptors: epoll is cheapest', '10 % of 100 descriptors ready: epoll is cheapest'])
        self.assertIn('. 100 % of 100 descriptors ready: poll is cheapest (27 ns', self.texts('#monitor .lead')[1])

    def test_shows_the_code_of_two_servers_by_stage(self):
        self.assertEqual([heading.split()[0] for heading in self.texts('.stage > h3')],
                         ['run', 'listen', 'wait', 'accept', 'read', 'write', 'watch', 'close'])
        self.browser.run("""
            const select = document.querySelector('.choices select');
            select.value = 'raw/blocking';
            select.dispatchEvent(new Event('change'));""")
        self.assertIn('There is no wait stage', self.texts('.side.missing')[0])
        self.assertIn('asio/callbacks.cpp, line', ' '.join(self.texts('figcaption')))
        self.assertRegex(' '.join(self.texts('.side.about .calls')), 'system calls per message')
        self.assertRegex(' '.join(self.texts('.side:not(.about) > .calls')), 'recvmsg [0-9.]+ per message')

    def test_shows_boolean_figures_as_yes_or_no(self):
        results = sample.results()
        results['claims'][0]['figures'] = [{'name': 'it sleeps', 'value': value, 'unit': 'yes or no'} for value in (1, 0)]
        path = self.path.with_name('yes_or_no.html')
        path.write_text(page_of(results))
        self.open(path=path)
        self.assertIn('it sleeps: yes · it sleeps: no', self.texts('.claims .quiet')[0])

    def test_shows_the_interval_of_a_figure_of_a_claim(self):
        results = sample.results()
        results['claims'][0]['figures'] = [{'name': 'ratio', 'value': 1.366, 'unit': 'times', 'low': 1.3, 'high': 1.44}]
        path = self.path.with_name('interval.html')
        path.write_text(page_of(results))
        self.open(path=path)
        self.assertIn('ratio: 1.37 [1.30–1.44] times', self.texts('.claims .quiet')[0])

    def test_fits_a_phone(self):
        self.open(width=390)
        self.assertLessEqual(self.browser.run('return document.documentElement.scrollWidth'), 390)

    def test_uses_dark_colours_if_preferred(self):
        light = self.browser.run('return getComputedStyle(document.body).backgroundColor')
        self.open(scheme='dark')
        self.assertNotEqual(self.browser.run('return getComputedStyle(document.body).backgroundColor'), light)
        self.assertEqual(self.browser.console_messages(), [])

    def test_hides_a_server_when_its_button_is_pressed(self):
        if not self.browser.run('return HAS_CHARTS'):
            self.skipTest('this build has no Chart.js')
        before, after = self.browser.run("""
            const ink = () => document.querySelector('#throughput canvas').toDataURL();
            const before = ink();
            document.querySelectorAll('#throughput .legend button')[2].click();
            return [before, ink()];""")
        self.assertNotEqual(before, after)

    def test_opens_its_tables_for_printing_and_closes_them_again(self):
        closed = 'return document.querySelectorAll("details:not([open])").length'
        before = self.browser.run(closed)
        self.browser.run('dispatchEvent(new Event("beforeprint"))')
        self.assertEqual(self.browser.run(closed), 0)
        self.browser.run('dispatchEvent(new Event("afterprint"))')
        self.assertEqual(self.browser.run(closed), before)

    def test_works_with_a_single_failed_server(self):
        results = sample.results()
        results['scenarios'] = results['scenarios'][:1]
        servers = results['scenarios'][0]['points'][0]['servers']
        servers[:] = [{**servers[0], 'medians': None, 'rounds': [None], 'failed': 'it did not start', 'system_calls': None,
                       'idle_connection': None}]
        sample.summarise(results['scenarios'][0]['points'][0])
        results['brief'] = [sample.not_measured('Cheapest', './iomux compare run throughput'),
                            sample.not_measured('Cheapest with many idle connections', './iomux compare run idle')]
        del results['monitor'], results['claims']
        path = self.path.with_name('failed.html')
        path.write_text(page_of(results))
        self.open(path=path)
        self.assertEqual(self.browser.console_messages(), [])
        self.assertIn('it did not start', ' '.join(self.texts('#comparison .figure')))
        self.assertEqual(self.texts('.answers'), [])
        self.assertEqual(self.texts('.not-measured[open] li'), ['Cheapest: ./iomux compare run throughput',
                                                                'Cheapest with many idle connections: ./iomux compare run idle'])

    def test_has_no_empty_boxes_in_the_brief(self):
        results = sample.results()
        results['brief'][1:1] = [sample.not_measured('Cheapest with many idle connections', './iomux compare run idle')]
        path = self.path.with_name('brief.html')
        path.write_text(page_of(results))
        self.open(path=path)
        for width in 360, 768, 1366:
            self.browser.show_as(width)
            boxes, missing = self.browser.run("""
                const list = document.querySelector('.answers').getBoundingClientRect();
                const boxes = [...document.querySelectorAll('.answers > div')].map((one) => one.getBoundingClientRect());
                const area = boxes.reduce((sum, {width, height}) => sum + width * height, 0);
                return [[boxes.length, Math.round(100 * area / (list.width * list.height))],
                        document.querySelector('.not-measured summary').textContent];""")
            self.assertEqual(boxes[0], len(results['brief']) - 1)
            self.assertGreaterEqual(boxes[1], 97, f'{width} pixels wide')  # the lines between them are the rest
            self.assertEqual(missing, 'Not measured here: 1 question')

    def test_opens_its_tables_and_says_why_if_built_without_charts(self):
        before, after = generate.page(sources.servers(ROOT), '')
        path = self.path.with_name('without.html')
        path.write_text(before + embedded_in(self.path.read_text()) + after)
        self.open(path=path)
        self.assertEqual(self.browser.console_messages(), [])
        self.assertIn('Chart.js was not found', ' '.join(self.texts('main > p')))
        self.assertEqual(self.texts('canvas'), [])
        self.assertEqual(self.texts('.figure details:not([open])'), [])

    # The sentences.

    def test_prints_a_relative_cost_with_its_interval(self):
        cost = self.cost_text({'value': 1.2, 'low': 1.1, 'high': 1.3}, {'value': 1, 'low': 0.9, 'high': 1.05})
        # 1.2 ÷ 1, from 1.1 ÷ 1.05 to 1.3 ÷ 0.9
        self.assertEqual(cost, '1.20 × [1.05–1.44] the CPU time of other')

    def test_says_if_two_servers_are_not_told_apart(self):
        cost = self.cost_text({'value': 1.02, 'low': 0.99, 'high': 1.05}, {'value': 1, 'low': 0.99, 'high': 1.01})
        self.assertEqual(cost, '1.02 × [0.98–1.06] the CPU time of other: not told apart (±4 %)')

    def test_says_if_a_ratio_is_too_noisy(self):
        cost = self.cost_text({'value': 0.8, 'low': 0.51, 'high': 1.23}, {'value': 1, 'low': 1, 'high': 1})
        self.assertEqual(cost, '0.80 × [0.51–1.23] the CPU time of other: too noisy to tell (±36 %)')

    def test_says_if_there_were_too_few(self):
        self.assertEqual(self.cost_text({'value': 1.02}, {'value': 1}),
                         '1.02 × (too few measurements for a confidence interval) the CPU time of other')

    def test_compares_two_servers_by_their_own_ratio(self):
        """The intervals of both overlap, because the baseline's sessions differ. That of their own ratio is narrow."""
        point = point_of({'minimal': (1, 1, 1), 'epoll': (1.2, 0.9, 1.5), 'callbacks': (1.32, 0.99, 1.65)})
        for cost in point['costs']:
            cost.update(value=1.1, low=1.09, high=1.11, verdict='more', too_noisy=False)
        for ranking in point['rankings']:
            ranking['not_told_apart'] = []
        self.assertEqual(self.browser.run('return asioText(arguments[0])', point),
                         'the cheapest Asio server, callbacks, takes 1.10 × [1.09–1.11] the CPU time of the cheapest raw '
                         'server, epoll')
        self.assertEqual(self.browser.run('return bestText(arguments[0], FIGURES.ratio)', point),
                         'epoll is cheapest (1.20 × [0.90–1.50])')

    def cost_text(self, one, other):
        cost = {'pair': 'asio_over_raw', 'server': 'one', 'over': 'other', **sample.cost(one, other)}
        return self.browser.run('return costText(arguments[0])', without_nulls(cost))

    def test_names_the_cheapest_and_those_that_are_not_told_apart_from_it(self):
        self.assertEqual(self.best_of({'a': (0.9, 0.88, 0.93), 'b': (0.95, 0.92, 0.99), 'c': (1.1, 1, 1.2)}),
                         'a or b is cheapest (a: 0.90 × [0.88–0.93])')
        self.assertEqual(self.best_of({'a': (0.9, 0.88, 0.91), 'b': (0.95, 0.92, 0.99)}),
                         'a is cheapest (0.90 × [0.88–0.91])')
        self.assertEqual(self.best_of({name: (1, 0.9, 1.1) for name in 'abcd'}),
                         'a or one of 3 others is cheapest (a: 1.00 × [0.90–1.10])')

    def test_does_not_rank_the_bare_loop(self):
        self.assertEqual(self.best_of({'minimal': (1, 1, 1), 'b': (1.1, 1.05, 1.2)}), 'only b is ranked (1.10 × [1.05–1.20])')

    def best_of(self, ratios):
        return self.browser.run('return bestText(arguments[0], FIGURES.ratio)', point_of(ratios))

    def test_names_no_highest_that_may_be_the_lowest(self):
        for ratios, highest in (({'a': (0.9, 0.88, 0.93), 'b': (0.95, 0.92, 0.99)}, ''),
                                ({'a': (0.9, 0.88, 0.91), 'b': (0.95, 0.92, 0.99)}, 'the highest is b (0.95 ×)')):
            self.assertEqual(self.browser.run('return worstText(arguments[0], FIGURES.ratio)', point_of(ratios)), highest)

    def test_says_how_often_and_how_long_it_was_measured(self):
        windows = {'work': {'seconds': 0.4}, 'servers': [{'medians': {}, 'round_count': 10}]}
        sessions = {'slice_seconds': 0.02, 'work': {'seconds': 0.4},
                    'servers': [{'medians': {}, 'round_count': 9, 'slice_count': 10}]}
        longer = {'slice_seconds': 0.08, 'work': {'seconds': 0.4},
                  'servers': [{'medians': {}, 'round_count': 12, 'slice_count': 5}, {'round_count': 0}]}
        for points, text in (([windows], '10 rounds of 0.4 s'), ([sessions], '9 sessions of 10 slices of 20 ms'),
                             ([sessions, longer], '9 to 12 sessions of 5 to 10 slices of 20 to 80 ms'),
                             ([windows, sessions], '9 sessions of 10 slices of 20 ms and 10 rounds of 0.4 s'), ([], '')):
            self.assertEqual(self.browser.run('return roundsText({scenarios: [{points: arguments[0]}]})', points), text)

    def test_says_in_what_its_outliers_were_measured(self):
        def note(*slices):
            points = [without_nulls({'slice_seconds': one, 'servers': [
                {'title': 'a', 'medians': {'ratio': {'outliers': 1}, 'starved': 0}}]}) for one in slices]
            return self.browser.run('return notesOn({points: arguments[0]}, FIGURES.ratio)', points)
        self.assertEqual(note(None), ['Some rounds are outliers; they are included: a.'])
        self.assertEqual(note(0.02), ['Some sessions are outliers; they are included: a.'])
        self.assertEqual(note(0.02, None), ['Some rounds or sessions are outliers; they are included: a.'])

    def test_names_the_rows_with_doubtful_ratios(self):
        def server(*warnings):
            return {'title': 'a', 'medians': {'ratio': {'outliers': 0, 'warnings': [
                {'kind': kind, 'value': value} for kind, value in warnings]}, 'starved': 0}}
        def notes(*servers):
            points = [{'label': f'{i} idle', 'slice_seconds': 0.02, 'servers': [one]} for i, one in enumerate(servers)]
            return self.browser.run('return notesOn({points: arguments[0]}, FIGURES.ratio)', points)
        bursts, trend = notes(server(('bursts', 1.084), ('trend', -0.0234)))
        self.assertRegex(bursts, r'^Warning: the cost, .* the trimmed mean leaves out .* with them: a 1\.08\.$')
        self.assertRegex(trend, r'^Warning: the ratio changes within a session, .* to the last: a -2\.3 %\.$')
        groups, autocorrelation = notes(server(('groups', 0.098)), server(('groups', 0.1), ('autocorrelation', 0.81)))
        self.assertRegex(groups, r'^Warning: the sessions .* between them: a \(0 idle\) 9\.8 % and a \(1 idle\) 10\.0 %\.$')
        self.assertRegex(autocorrelation, r'^Warning: each session resembles .* Autocorrelation: a \(1 idle\) 0\.81\.$')
        self.assertEqual(notes(server()), [])

    def test_says_which_percentiles_are_of_all_rounds_together(self):
        def notes(*pooled):
            points = [{'label': f'{i} idle', 'servers': [without_nulls({'title': 'a', 'pooled_percentiles': one})]}
                      for i, one in enumerate(pooled)]
            return self.browser.run('return notesOn({points: arguments[0]}, FIGURES.p99)', points)
        pooled = ('p99 µs: of the messages of all rounds together, because some rounds have too few for one of their own: ')
        self.assertEqual(notes(['latency_us_p99']), [f'{pooled}a.'])
        self.assertEqual(notes([], ['latency_us_p99', 'latency_us_p99_9']), [f'{pooled}a (1 idle).'])
        self.assertEqual(notes(['latency_us_p99_9'], None), [])

    def test_says_in_one_line_that_percentiles_are_medians(self):
        def notes(*figures):
            return self.browser.run('return medianNotes({points: [{}]}, arguments[0].map((name) => FIGURES[name]))', figures)
        self.assertEqual(notes('ratio', 'p50', 'p99'), ['p50, p99: the medians over the rounds.'])
        self.assertEqual(notes('p99'), ['p99: the median over the rounds.'])
        self.assertEqual(notes('ratio'), [])

    def test_says_why_servers_are_missing_from_a_chart(self):
        def gaps(*points):
            return self.browser.run('return gapsIn({points: arguments[0]})', [
                {'label': f'{i} idle', 'servers': [{'title': title, **more} for title, more in servers.items()]} for i, servers in enumerate(points)])
        few, many = {'skipped': 'too few'}, {'skipped': 'too many'}
        self.assertEqual(gaps({'a': {}, 'b': few, 'c': few}, {'a': {}, 'b': few, 'c': few}, {'a': many, 'b': many, 'c': many}),
                         ['Not measured: b and c (0 idle and 1 idle): too few.', 'Not measured: all servers (2 idle): too many.'])
        self.assertEqual(gaps({'a': few, 'b': few}, {'a': few}), ['Not measured: a (0 idle and 1 idle); b (0 idle): too few.'])
        self.assertEqual(gaps({'a': {'failed': 'it ended'}, 'b': {}}), ['Failed: a: it ended.'])
        self.assertEqual(gaps({'a': {}}), [])

    def test_says_that_the_curve_of_percentiles_is_of_all_rounds_together(self):
        self.assertIn('The curve and its table are of the messages of all rounds together. The p50, p99 and p99.9 above and '
                      'elsewhere are medians over the rounds.', self.texts('#latency .quiet'))

    def test_names_the_rows_that_lost_datagrams(self):
        def notes(*lost):
            points = [{'label': f'{i} sockets', 'servers': [without_nulls({'title': 'a', 'lost_datagrams': one})]}
                      for i, one in enumerate(lost)]
            return self.browser.run('return notesOn({points: arguments[0]}, FIGURES.ratio)', points)
        lost = {'sent': 1_254_567, 'lost': 12}
        self.assertEqual(notes(lost), ['Lost datagrams (no reply in time): a 12 of 1,254,567.'])
        self.assertEqual(notes(None, lost), ['Lost datagrams (no reply in time): a (1 sockets) 12 of 1,254,567.'])
        self.assertEqual(notes(None), [])

    def test_shows_the_spread_of_sessions(self):
        def table(spread):
            servers = [without_nulls({'title': title, 'medians': {'ratio': {'value': 1, 'spread': one}}})
                       for title, one in (('base', spread and 1), ('a', spread))]
            scenario = {'points': [{'label': 'p', 'baseline': 'base', 'servers': servers}]}
            return self.browser.run("""
                return [...figureTable(arguments[0], FIGURES.ratio).querySelectorAll('tr')].map((row) =>
                    [...row.cells].map((cell) => cell.textContent))""", scenario)
        self.assertEqual([row[2] for row in table(1.034)], ['spread of sessions', '', '3.4 %'])
        self.assertEqual([len(row) for row in table(None)], [4, 4, 4])

    def test_calls_costs_the_same_if_the_results_do(self):
        def verdict(**ratio):
            return self.browser.run('return verdictOf(arguments[0])',
                                    {'title': 'a', 'medians': {'ratio': {'verdict': 'not told apart', **ratio}}})
        self.assertEqual(verdict(same_within=0.02), 'the same within 2 %')
        self.assertEqual(verdict(), 'not told apart')
        self.assertEqual(verdict(verdict='baseline'), 'baseline')
        cost = {'value': 1, 'low': 0.99, 'high': 1.01, 'over': 'b', 'verdict': 'not told apart', 'same_within': 0.02}
        self.assertTrue(self.browser.run('return costText(arguments[0])', cost).endswith('of b: the same within 2 %'))

    def test_describes_the_length_of_a_slice_or_of_a_window_if_all_are_alike(self):
        def length(*slices):
            points = [without_nulls({'slice_seconds': one, 'work': {'seconds': 0.4}}) for one in slices]
            return self.browser.run('return lengthText({points: arguments[0]})', points)
        self.assertEqual([length(None, None), length(0.02, 0.02), length(0.02, 0.04), length(0.02, None)],
                         ['0.4 s per round', '20 ms per slice', '', ''])

    def test_says_how_certain_it_is(self):
        text = self.browser.run('return certainty(results)')
        self.assertRegex(text, r"^A ratio is a server's CPU time per message divided by that of the baseline, with a 95 % "
                               r'confidence interval, from 10 rounds of 0\.4 s\. \d+ of \d+ ratios differ significantly '
                               r'from 1\. The CPU times of two servers are compared by their own ratio')
        self.assertIn('this does not mean that they are equal.', text)

    def test_names_a_load_with_its_idle_connections(self):
        def label(**work):
            return self.browser.run('return labelOf({work: arguments[0]})', {'connections': 4, 'size': 64, **work})
        self.assertEqual(label(idle=0), '4 connections × 64 bytes')
        self.assertEqual(label(idle=900), '4 connections × 64 bytes, 900 idle')

    def test_warns_if_the_run_was_quick(self):
        for quick in (False, True):
            text = self.browser.run('return certainty({...results, options: {quick: arguments[0]}})', quick)
            self.assertEqual('--quick' in text, quick)

    def test_warns_if_the_load_generator_was_the_limit(self):
        notes = self.browser.run("""
            const server = {title: 'a', limit: 'generator', medians: {
                holds_littles_law: false, keeps_the_rate: false, starved: 0}};
            return notesOn({points: [{servers: [server]}]}, FIGURES.messages_per_second);""")
        self.assertRegex(notes[0], '^Throughput and latency were limited by the load generator.*: a.$')
        self.assertRegex(notes[1], '^Rate × mean latency differs .*: a.$')
        self.assertRegex(notes[2], '^More than 1 % of the requests could not be sent .*: a.$')

    def test_does_not_rank_throughput_limited_by_the_load_generator(self):
        best = self.browser.run("""
            const server = (title, rate, limit) => ({title, program: 'iomux-raw', name: title, limit,
                                                     medians: {messages_per_second: rate}});
            const rankings = [{figure: 'messages_per_second', best: 'b', not_told_apart: [], order: ['b']}];
            const point = {rankings, servers: [server('a', 2000, 'generator'), server('b', 1000, 'server')]};
            return bestOf(point, FIGURES.messages_per_second).best.title;""")
        self.assertEqual(best, 'b')

    def test_prints_the_stored_ranking_whatever_the_figures_are(self):
        point = point_of({'a': (0.9, 0.88, 0.89), 'b': (0.95, 0.92, 0.99), 'c': (2, 1.9, 2.1)})
        point['rankings'] = [{'figure': sample.CPU, 'best': 'c', 'not_told_apart': ['a'], 'order': ['c', 'a', 'b']}]
        self.assertEqual(self.browser.run('return bestText(arguments[0], FIGURES.ratio)', point),
                         'c or a is cheapest (c: 2.00 × [1.90–2.10])')

    def test_ranks_time_and_ratio_alike(self):
        point = point_of({'a': (0.9, 0.88, 0.93), 'b': (0.95, 0.92, 0.99)})
        for server, time in zip(point['servers'], (9, 8)):
            server['medians']['cpu_us_per_message'] = time
        self.assertEqual(self.browser.run('return bestText(arguments[0], FIGURES.cpu_us_per_message)', point),
                         'a or b is cheapest (a: 9 µs)')


if __name__ == '__main__':
    unittest.main()
