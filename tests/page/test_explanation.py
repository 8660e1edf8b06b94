"""The page of an explanation in a headless Chromium."""
import os
import tempfile
import unittest
from pathlib import Path

import explanation_sample
from browser import Browser, missing
from pages import page_of

MISSING = missing()

PRESS = """
    const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    for (const key of arguments[0]) press(key);
    return document.activeElement.getAttribute('aria-label');"""


@unittest.skipIf(MISSING, f'not installed: {MISSING} (Debian: chromium, chromium-driver)')
class AnExplanation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.path = Path(folder.name) / 'why.html'
        cls.path.write_text(page_of(explanation_sample.explanation()))
        cls.browser = Browser()
        cls.browser.__enter__()
        cls.addClassCleanup(cls.browser.__exit__)

    def setUp(self):
        self.open()

    def open(self, path=None, width=1280, scheme='light'):
        self.browser.console_messages()
        self.browser.show_as(width, scheme=scheme)
        self.browser.open(path or self.path)

    def texts(self, selector):
        return self.browser.run('return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)', selector)

    def frames(self):
        """The functions that are drawn, with their shares of the graph's width."""
        return dict(self.browser.run("""
            return [...document.querySelectorAll('.frame')].map((one) =>
                [one.getAttribute('aria-label').split(': ')[0], Math.round(parseFloat(one.style.width))]);"""))

    def click(self, name):
        self.browser.run("""
            [...document.querySelectorAll('.frame')].find((one) => one.getAttribute('aria-label').startsWith(arguments[0])).click();
            """, name)

    def test_draws_everything_without_console_messages(self):
        for scheme in 'light', 'dark':
            self.open(scheme=scheme)
            self.assertEqual(self.browser.console_messages(), [])
            self.assertTrue(self.browser.run('return "drawn" in document.documentElement.dataset'))
        self.assertEqual(self.browser.run('return [...document.querySelectorAll("main > section")].map((one) => one.id)'),
                         ['in-brief', 'waterfall', 'parts', 'stacks', 'code'])
        self.assertEqual(self.texts('h1'), ['Why callbacks and epoll differ'])
        self.assertEqual(self.texts('.summary'), ['The first sentence.'])

    def test_has_no_violations_of_accessibility(self):
        axe = Path(os.environ['IOMUX_AXE'])
        if not axe.exists():
            self.skipTest('axe-core is not installed; test web.page installs it')
        profile = self.path.with_name('accessible.html')
        profile.write_text(page_of(explanation_sample.profile()))
        of_all = self.path.with_name('accessible_all.html')
        of_all.write_text(page_of(explanation_sample.of_all()))
        for path in self.path, profile, of_all:
            for scheme in 'light', 'dark':
                with self.subTest(page=path.name, scheme=scheme):
                    self.open(path, scheme=scheme)
                    self.browser.run(axe.read_text())
                    violations = self.browser.run('''
                        return axe.run().then(({violations}) => violations.map(({id, nodes}) =>
                            `${id}: ${nodes.map(({html}) => html).slice(0, 3).join(' | ')}`));''')
                    self.assertEqual(violations, [])

    def test_requests_only_itself(self):
        self.assertEqual(set(self.browser.requested_by(self.path)), {self.path.as_uri()})

    def test_leads_from_one_cost_to_the_other_in_steps(self):
        self.assertEqual(self.texts('.waterfall li'),
                         ['epoll4.00 µs', 'library+2.50 µs', 'wait mechanism, wait−3.00 µs', 'own code+1.50 µs',
                          '1 part that is not told apart0.00 µs', 'callbacks5.00 µs'])
        ends = self.browser.run("""
            return [...document.querySelectorAll('.waterfall .bar')].map(({style}) =>
                [parseFloat(style.left), parseFloat(style.left) + parseFloat(style.width)]);""")
        self.assertAlmostEqual(ends[0][1], ends[1][0], places=1)
        self.assertAlmostEqual(ends[1][1], ends[2][1], places=1)
        self.assertAlmostEqual(ends[2][0], ends[3][0], places=1)
        self.assertAlmostEqual(ends[3][1], ends[5][1], places=1)

    def test_has_a_table_of_the_parts(self):
        rows = self.browser.run("""
            return [...document.querySelectorAll('.parts tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent));""")
        self.assertEqual(rows[0], ['library', '0.00', '2.50', '+2.50 [+2.45 to +2.55]', 'scheduler::run +2.50'])
        self.assertEqual(rows[3][3], '0.00 [−0.05 to +0.05] ?')
        self.assertEqual(rows[4], ['sum', '4.00', '5.00', '+1.00 [+0.90 to +1.10]', ''])

    def test_has_the_counts_of_the_hardware_or_why_there_are_none(self):
        self.assertIn('Hardware counters, per message: epoll: 12,346 cycles, 9,877 instructions, unknown cache misses, '
                      '3.21 branch misses; callbacks: 12,346 cycles', self.texts('#parts .quiet')[1])
        path = self.path.with_name('uncounted.html')
        path.write_text(page_of({**explanation_sample.explanation(), 'no_hardware_counts': 'this machine has none'}))
        self.open(path)
        self.assertEqual(self.texts('#parts .quiet')[1], 'Hardware counters: not measured: this machine has none.')

    def test_draws_a_function_as_wide_as_the_larger_of_its_costs(self):
        # Of 8 µs: 3 in epoll's wait, 4 in the scheduler, 1 in both.
        self.assertEqual(self.frames(), {'all': 100, 'main': 100, 'iomux::raw::Epoll::wait': 38, 'do_epoll_wait': 31,
                                         'boost::asio::detail::scheduler::run': 50, 'iomux::asio::Callbacks::read': 19,
                                         'iomux::server::Connection::update': 13})

    def test_marks_stacks_that_only_one_server_has(self):
        self.assertEqual(self.texts('.frame.only'),
                         ['− Epoll::wait', '− do_epoll_wait', '+ scheduler::run', '+ Callbacks::read'])
        self.assertEqual(self.texts('.frame:not(.only)'), ['all', 'main', 'Connection::update'])

    def test_zooms_by_mouse(self):
        self.click('iomux::raw::Epoll::wait')
        self.assertEqual(self.frames(), {'all': 100, 'main': 100, 'iomux::raw::Epoll::wait': 100, 'do_epoll_wait': 83})
        self.click('main')
        self.assertEqual(len(self.frames()), 7)

    def test_zooms_by_keyboard(self):
        self.browser.run('document.querySelector(".frame[tabindex=\'0\']").focus()')
        label = self.browser.run(PRESS, ['ArrowDown', 'ArrowDown', 'ArrowLeft', 'Enter'])
        self.assertEqual(label, 'iomux::raw::Epoll::wait: 3.00 µs in epoll, 0.00 µs in callbacks, a difference of −3.00 µs')
        self.assertEqual(len(self.frames()), 4)
        self.assertEqual(self.browser.run(PRESS, ['ArrowUp']).split(':')[0], 'main')
        self.assertEqual(self.browser.run(PRESS, ['Escape']).split(':')[0], 'all')
        self.assertEqual(len(self.frames()), 7)
        self.assertEqual(self.browser.run('return document.querySelectorAll(".frame[tabindex=\'0\']").length'), 1)

    def test_searches_functions(self):
        search = """
            const input = document.querySelector('input[type=search]');
            input.value = arguments[0];
            input.dispatchEvent(new Event('input'));
            return [document.querySelectorAll('.found').length, document.querySelector('output').textContent];"""
        self.assertEqual(self.browser.run(search, 'EPOLL'),
                         [2, 'found: 3.00 µs in epoll, 0.00 µs in callbacks, a difference of −3.00 µs'])
        self.assertEqual(self.browser.run(search, 'no such function')[0], 0)
        self.assertEqual(self.browser.run(search, ''), [0, ''])

    def test_leads_from_a_function_of_ours_to_its_code(self):
        self.click('iomux::asio::Callbacks::read')
        button, = self.texts('.detail button')
        self.assertRegex(button, r'^Show asio/callbacks\.cpp, line \d+$')
        shown = self.browser.run('document.querySelector(".detail button").click(); return document.activeElement.textContent')
        self.assertEqual(shown, button.removeprefix('Show '))
        self.click('all')
        self.click('iomux::server::Connection::update')
        self.assertRegex(self.texts('.detail')[0], r'Connection::update, a function of the server, in src/server/connection\.cpp, line \d+')
        self.assertEqual(self.texts('.detail button'), [])
        self.click('all')
        self.click('do_epoll_wait')
        self.assertEqual(self.texts('.detail button'), [])
        self.assertIn('do_epoll_wait, a function of the kernel', self.texts('.detail')[0])

    def test_leads_from_a_frame_to_the_line_that_it_is_in(self):
        self.click('iomux::raw::Epoll::wait')
        line = explanation_sample.LINE_OF_WAIT
        self.assertEqual(self.texts('.detail p')[3:],
                         [f'Show raw/epoll.cpp, line {line}: 2.50 µs in epoll, 0.00 µs in callbacks, a difference of −2.50 µs',
                          'src/server/nothing.cpp, line 7: 0.50 µs in epoll, 0.00 µs in callbacks, a difference of −0.50 µs'])
        shown = self.browser.run('document.querySelector(".detail button").click(); return document.activeElement.textContent')
        self.assertEqual(shown.strip(), explanation_sample.EPOLL[line - 1].strip())
        self.assertIn('::epoll_wait(', shown)

    def test_fits_a_phone(self):
        self.open(width=390)
        self.assertLessEqual(self.browser.run('return document.documentElement.scrollWidth'), 390)

    def test_of_one_server_is_its_profile(self):
        path = self.path.with_name('profile.html')
        path.write_text(page_of(explanation_sample.profile()))
        self.open(path)
        self.assertEqual(self.browser.console_messages(), [])
        self.assertEqual(self.texts('h1'), ['Where the CPU time of epoll goes'])
        self.assertEqual(self.texts('.waterfall'), [])
        self.assertEqual(self.frames(), {'all': 100, 'main': 100, 'iomux::raw::Epoll::wait': 75, 'do_epoll_wait': 63,
                                         'iomux::server::Connection::update': 25})
        self.assertEqual(self.texts('.frame.only'), [])

    def test_of_all_servers_is_a_table_that_leads_to_the_parts_of_each(self):
        path = self.path.with_name('all.html')
        path.write_text(page_of(explanation_sample.of_all()))
        self.open(path)
        self.assertEqual(self.browser.console_messages(), [])
        self.assertEqual(self.texts('h1'), ['Why servers cost more or less than minimal'])
        rows = self.browser.run("""
            return [...document.querySelectorAll('#servers tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText));""")
        self.assertEqual(rows, [
            ['minimal', '4.00', '1', ''],
            ['epoll', '4.00', '1.00 [0.98–1.27] ?', '+0.10 1 part that is not told apart'],
            ['callbacks', '5.00', '1.25 [0.98–1.27]',
             '+2.50 library\n−3.00 wait mechanism, wait\n+1.50 own code\n0.00 1 part that is not told apart'],
            ['io_uring', 'skipped: this kernel forbids it']])
        self.assertEqual(self.texts('#parts summary'), ['epoll', 'callbacks'])
        opened = self.browser.run("""
            const shown = new Promise((resolve) => window.addEventListener('hashchange', () =>
                resolve([...document.querySelectorAll('details[open] summary')].map((one) => one.textContent))));
            document.querySelectorAll('#servers a')[1].click();
            return shown;""")
        self.assertEqual(opened, ['callbacks'])
        self.assertEqual(self.texts('details[open] .waterfall li')[0], 'minimal4.00 µs')
        self.assertEqual(self.texts('details[open] .parts tbody tr:last-child th'), ['sum'])
        self.open(path, width=390)
        self.assertLessEqual(self.browser.run('return document.documentElement.scrollWidth'), 390)

    def test_without_samples_says_what_is_known(self):
        explanation = {**explanation_sample.explanation(), 'parts': [], 'stacks': [], 'functions': [], 'sampled_sessions': 0,
                       'warnings': ['it was interrupted']}
        path = self.path.with_name('empty.html')
        path.write_text(page_of(explanation))
        self.open(path)
        self.assertEqual(self.browser.console_messages(), [])
        self.assertEqual(self.texts('.warning'), ['Warning: it was interrupted.'])


if __name__ == '__main__':
    unittest.main()
