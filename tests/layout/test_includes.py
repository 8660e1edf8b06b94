"""No include goes up or sideways against the order of the folders in README, and the check of it sees one that does."""
import tempfile
import unittest
from pathlib import Path

import includes

ROOT = Path(__file__).resolve().parents[2]

README = f'''{includes.HEADER}
| --- | --- | --- | --- |
| `src/low` | | | |
| `src/high` | | `cellar` `garden` < `attic` | `src/low` |
| `raw` | | | `src/high/attic` |
| `asio` | | | `src/high` |

| another | table |
'''

FILES = {
    'src/low/low.hpp': '',
    'src/high/cellar/wine.hpp': '#include "low/low.hpp"\n',
    'src/high/garden/tree.hpp': '',
    'src/high/attic/box.hpp': '#include "high/cellar/wine.hpp"\n#include "high/garden/tree.hpp"\n',
    'src/high/attic/corner/box.cpp': '#include "high/attic/box.hpp"\n',
    'raw/raw.hpp': '',
    'raw/raw.cpp': '#include "raw.hpp"\n\n#include <vector>\n\n#include "high/attic/box.hpp"\n',
    'asio/asio.cpp': '#include "high/garden/tree.hpp"\n',
}


class TheSources(unittest.TestCase):
    def test_keep_to_the_order_that_readme_states(self):
        self.assertEqual(includes.violations(ROOT), [])

    def test_are_all_read(self):
        places = includes.order((ROOT / 'README.md').read_text())
        for name in ('src/protocol', 'src/load/engine', 'src/compare/claims', 'raw', 'asio'):
            self.assertIn(name, places)
        self.assertEqual(includes.place_of(Path('src/compare/report/page/page.hpp'), places).name, 'src/compare/report')


class TheCheck(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write({'README.md': README, **FILES})

    def write(self, files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def assert_violations(self, files, *violations):
        self.write(files)
        self.assertEqual(includes.violations(self.root), list(violations))

    def test_is_content_with_what_goes_down(self):
        self.assert_violations({})

    def test_finds_what_goes_up_between_folders(self):
        self.assert_violations({'src/low/low.cpp': '#include "low/low.hpp"\n\n#include "high/attic/box.hpp"\n'},
                              'src/low/low.cpp:3: src/low may not include "high/attic/box.hpp"')

    def test_finds_what_goes_up_between_rooms(self):
        self.assert_violations({'src/high/garden/tree.cpp': '// up\n  #  include "high/attic/box.hpp"\n'},
                              'src/high/garden/tree.cpp:2: src/high/garden may not include "high/attic/box.hpp"')

    def test_finds_what_goes_sideways_between_rooms(self):
        self.assert_violations({'src/high/garden/tree.cpp': '#include "high/cellar/wine.hpp"\n'},
                              'src/high/garden/tree.cpp:1: src/high/garden may not include "high/cellar/wine.hpp"')

    def test_finds_what_goes_sideways_between_folders(self):
        self.assert_violations({'asio/up.cpp': '#include "../raw/raw.hpp"\n'},
                              'asio/up.cpp:1: asio may not include "../raw/raw.hpp"')

    def test_finds_an_include_of_a_room_that_is_not_among_those_that_are_named(self):
        self.assert_violations({'raw/raw.cpp': '#include "high/garden/tree.hpp"\n'},
                              'raw/raw.cpp:1: raw may not include "high/garden/tree.hpp"')

    def test_reads_what_is_configured_too(self):
        self.assert_violations({'src/low/version.cpp.in': '#include "high/attic/box.hpp"\n'},
                              'src/low/version.cpp.in:1: src/low may not include "high/attic/box.hpp"')

    def test_finds_an_include_of_nothing(self):
        self.assert_violations({'raw/raw.cpp': '#include "low/gone.hpp"\n'}, 'raw/raw.cpp:1: there is no "low/gone.hpp"')

    def test_finds_a_folder_that_is_not_listed(self):
        self.assert_violations({'src/new/new.cpp': '', 'src/low/deeper/new.hpp': ''},
                              'src/low/deeper/new.hpp:1: README.md does not list its folder',
                              'src/new/new.cpp:1: README.md does not list its folder')

    def test_finds_a_room_that_is_not_listed(self):
        self.assert_violations({'src/high/hall/new.cpp': ''}, 'src/high/hall/new.cpp:1: README.md does not list its folder')

    def test_finds_a_source_that_is_in_no_room(self):
        self.assert_violations({'src/high/new.cpp': '', 'src/high/new.hpp': ''},
                              'src/high/new.cpp:1: it lies in no room of src/high',
                              'src/high/new.hpp:1: it lies in no room of src/high')

    def test_finds_a_room_that_is_too_full(self):
        full = {f'src/high/attic/corner/{number}.cpp': '' for number in range(25)}
        self.assert_violations(full, 'src/high/attic: 26 .cpp files, more than 25')

    def test_finds_a_line_of_readme_without_sources(self):
        self.assert_violations({'README.md': README.replace('`attic`', '`attic` < `tower`')},
                              'README.md: src/high/tower has no source')

    def test_refuses_a_table_that_is_no_order(self):
        self.write({'README.md': README.replace('| `src/low` | | | |', '| `src/low` | | | `src/high` |')})
        with self.assertRaisesRegex(ValueError, 'src/low includes src/high, which no line above it lists'):
            includes.violations(self.root)

    def test_refuses_another_mark_between_levels(self):
        for rooms in '`cellar` `garden`, `attic`', '`cellar` `garden` < < `attic`', '`cellar` `garden` <':
            self.write({'README.md': README.replace('`cellar` `garden` < `attic`', rooms)})
            with self.assertRaisesRegex(ValueError, f'with < between the levels: {rooms}'):
                includes.violations(self.root)

    def test_refuses_a_readme_without_the_table(self):
        self.write({'README.md': '# iomux\n'})
        with self.assertRaisesRegex(ValueError, 'has no table'):
            includes.violations(self.root)


if __name__ == '__main__':
    unittest.main()
