#!/usr/bin/env python3
"""Writes the pages of the HTML report and of an explanation as a C++ source. A page is one file that loads nothing
else."""
import argparse
import json
import re
from pathlib import Path

import sources

# Compilers need not support string literals of more than 64 KiB.
LONGEST_LITERAL = 16_000
SCRIPTS = ['elements.js', 'figures.js', 'sentences.js', 'chart_style.js', 'charts.js', 'line_charts.js',
           'bar_charts.js', 'code.js', 'tables.js', 'scenarios.js', 'claims.js', 'page.js']
SCRIPTS_OF_EXPLANATION = ['elements.js', 'figures.js', 'code.js', 'flame_graph.js', 'parts.js',
                          'explanation_of_all.js', 'explanation.js']


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--root', type=Path, required=True, help='the folder that contains raw/ and asio/')
    parser.add_argument('--charts', type=Path, help='the file of Chart.js; without it the page has tables only')
    parser.add_argument('--output', type=Path, required=True)
    options = parser.parse_args()
    charts = options.charts.read_text() if options.charts else ''
    servers = sources.servers(options.root)
    options.output.write_text(as_cpp({'page': page(servers, charts), 'explanation': explanation(servers, sources.places(options.root))}))


def page(servers, charts):
    """The page in two parts: before the results and after them."""
    return _filled('I/O mechanisms on Linux compared', _text('page.css'), servers, _text(*SCRIPTS),
                   f'<script>{script_in_html(charts)}</script>')


def explanation(servers, places):
    """The page of an explanation, in two parts."""
    return _filled('Where the CPU time of a message goes', _text('page.css', 'explanation.css'), servers,
                   _text(*SCRIPTS_OF_EXPLANATION),
                   f'<script type="application/json" id="places">{json_in_html(places)}</script>')


def _text(*files):
    return '\n'.join((Path(__file__).parent / name).read_text() for name in files)


def _filled(title, style, servers, script, more):
    parts = {'TITLE': title, 'STYLE': style, 'CODE': json_in_html(servers), 'MORE': more,
             'SCRIPT': script_in_html(script)}
    filled = re.sub(r'\{\{(TITLE|STYLE|CODE|MORE|SCRIPT)\}\}', lambda mark: parts[mark[1]], _text('page.html'))
    before, after = filled.split('{{RESULTS}}')
    return before, after


def json_in_html(value):
    # Without `<`, the JSON cannot close its <script> element.
    return json.dumps(value, ensure_ascii=False, separators=(',', ':')).replace('<', '\\u003c')


def script_in_html(script):
    if re.search(r'</script|<!--', script, re.IGNORECASE):
        raise ValueError('cannot embed the script: it contains </script or <!--')
    return script


def as_cpp(pages):
    """A function for each half of each page."""
    halves = {f'{name}_{half}_results': text for name, parts in pages.items()
              for half, text in zip(('before', 'after'), parts)}
    functions = '\n'.join(_function(name, text) for name, text in halves.items())
    return (f'// Written by {Path(__file__).name}.\n'
            '#include "compare/report/page/page.hpp"\n\n'
            'namespace iomux::compare {\n\n'
            'using namespace std::string_view_literals;\n\n'
            f'{functions}\n'
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
