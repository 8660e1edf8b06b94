#!/usr/bin/env python3
"""Writes the page of the HTML report as a C++ source. The page is one file that loads nothing else."""
import argparse
import json
import re
from pathlib import Path

import sources

# Compilers need not support string literals of more than 64 KiB.
LONGEST_LITERAL = 16_000
SCRIPTS = ['elements.js', 'figures.js', 'sentences.js', 'chart_style.js', 'charts.js', 'line_charts.js',
           'bar_charts.js', 'code.js', 'tables.js', 'scenarios.js', 'claims.js', 'page.js']


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--root', type=Path, required=True, help='the folder that contains raw/ and asio/')
    parser.add_argument('--charts', type=Path, help='the file of Chart.js; without it the page has tables only')
    parser.add_argument('--output', type=Path, required=True)
    options = parser.parse_args()
    charts = options.charts.read_text() if options.charts else ''
    before, after = page(sources.servers(options.root), charts)
    options.output.write_text(as_cpp(before, after))


def page(servers, charts):
    """The page in two parts: before the results and after them."""
    folder = Path(__file__).parent
    script = '\n'.join((folder / name).read_text() for name in SCRIPTS)
    parts = {'STYLE': (folder / 'page.css').read_text(), 'CODE': json_in_html(servers),
             'CHARTS': script_in_html(charts), 'SCRIPT': script_in_html(script)}
    template = (folder / 'page.html').read_text()
    filled = re.sub(r'\{\{(STYLE|CODE|CHARTS|SCRIPT)\}\}', lambda mark: parts[mark[1]], template)
    before, after = filled.split('{{RESULTS}}')
    return before, after


def json_in_html(value):
    # Without `<`, the JSON cannot close its <script> element.
    return json.dumps(value, ensure_ascii=False, separators=(',', ':')).replace('<', '\\u003c')


def script_in_html(script):
    if re.search(r'</script|<!--', script, re.IGNORECASE):
        raise ValueError('cannot embed the script: it contains </script or <!--')
    return script


def as_cpp(before, after):
    return (f'// Written by {Path(__file__).name}.\n'
            '#include "compare/report/page/page.hpp"\n\n'
            'namespace iomux::compare {\n\n'
            'using namespace std::string_view_literals;\n\n'
            f'{_function("page_before_results", before)}\n{_function("page_after_results", after)}\n'
            '}  // namespace iomux::compare\n')


def literals(text):
    """The text as std::string_view literals, separated by commas. A compiler knows their size, and need not count
    characters at compile time, for which clang has a limit."""
    pieces = [text[at:at + LONGEST_LITERAL] for at in range(0, len(text), LONGEST_LITERAL)]
    return ',\n'.join(_literal(piece) for piece in pieces)


def _function(name, text):
    return (f'std::span<const std::string_view> {name}() {{\n'
            f'    static constexpr std::string_view pieces[] = {{\n{literals(text)}}};\n'
            '    return pieces;\n}\n')


def _literal(text):
    if ')iomux"' in text:
        raise ValueError('cannot embed the page: it contains )iomux", which ends the raw string literal')
    return f'R"iomux({text})iomux"sv'


if __name__ == '__main__':
    main()
