#!/usr/bin/env python3
"""Writes a C++ source that contains the files that the service serves."""
import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'report/page'))
import generate  # noqa: E402

TYPES = {'.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8',
         '.js': 'text/javascript; charset=utf-8', '.json': 'application/json', '.svg': 'image/svg+xml'}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--output', type=Path, required=True)
    parser.add_argument('files', nargs='+', metavar='PATH=FILE', help='URL path and file, for example /page.js=page/page.js')
    options = parser.parse_args()
    served = [pair.split('=', 1) for pair in options.files]
    options.output.write_text(as_cpp([(path, Path(file)) for path, file in served]))


def as_cpp(served):
    arrays = ''.join(f'constexpr std::string_view file_{number}[] = {{\n{generate.literals(file.read_text())}}};\n\n'
                     for number, (_, file) in enumerate(served))
    entries = ',\n'.join(f'    Asset{{"{path}", "{TYPES[file.suffix]}", file_{number}}}'
                         for number, (path, file) in enumerate(served))
    return (f'// Written by {Path(__file__).name}.\n'
            '#include "compare/web/assets.hpp"\n\n'
            'namespace iomux::compare::web {\nnamespace {\n\n'
            'using namespace std::string_view_literals;\n\n'
            f'{arrays}constexpr Asset all_assets[] = {{\n{entries}}};\n\n'
            '}  // namespace\n\n'
            'std::span<const Asset> assets() { return all_assets; }\n\n'
            '}  // namespace iomux::compare::web\n')


if __name__ == '__main__':
    main()
