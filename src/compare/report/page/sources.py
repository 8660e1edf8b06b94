"""The servers' code, by stage and as whole files, from the files that are compiled. Run as a program, it prints the whole
files as JSON."""
import json
import re
import sys
from pathlib import Path
from typing import NamedTuple

from highlight import highlight

REGISTRIES = {'raw': 'raw/mechanisms.cpp', 'asio': 'asio/styles.cpp'}


class Stage(NamedTuple):
    words: set   # its functions have one of these words in their names
    calls: str   # regular expression of its calls, used if no function has such a name


# `run` calls the stages of a server, `serve` those of one client.
STAGES = {
    'run': Stage({'run', 'serve'}, r'$^'),
    'listen': Stage({'listen', 'listener'}, r'$^'),
    'wait': Stage({'wait'}, r'::(epoll_wait|pselect|ppoll|poll)\(|\bcontext_\.run\('),
    'accept': Stage({'accept', 'accepted'}, r'::accept4?\(|\basync_accept\('),
    'read': Stage({'read', 'received'}, r'::recv\(|\basync_read_some\('),
    'write': Stage({'write', 'sent'}, r'::send\(|\basync_write_some\('),
    'watch': Stage({'watch', 'arm'}, r'::epoll_ctl\('),
    'close': Stage({'close'}, r'::close\(|\bclosed\(\)'),
}

FUNCTION = re.compile(r'^(?P<indent>|    )(?!return\b|throw\b|else\b|if\b|for\b|while\b|switch\b|using\b|:)'
                      r'(?:[\w:<>,&*]+[ ])*[\w:<>,&*]*?(?P<name>\b[a-z]\w*)\(', re.MULTILINE)
ENTRY = re.compile(r'Mechanism\{\.name = "(?P<name>[^"]+)".*?\.make = (?P<make>[^,}]+)', re.DOTALL)


class Function(NamedTuple):
    file: str
    line: int    # of its first line, from 1
    name: str
    code: str    # whole lines, including the comment above

    def words(self):
        return set() if self.name.startswith('wants_') else set(self.name.split('_'))


def servers(root):
    """All servers of the registries, each with program, name, file, first comment of the file, and stages."""
    return [_server(root, program, entry) for program, registry in REGISTRIES.items()
            for entry in ENTRY.finditer((root / registry).read_text())]


def _server(root, program, entry):
    maker = re.findall(r'make_\w+', entry['make'])[-1]
    path = _file_that_makes(root / program, maker)
    return {'program': program, 'name': entry['name'],
            'file': path.relative_to(root).as_posix(), 'about': first_comment(path.read_text()),
            'stages': _stages(root, path)}


def _file_that_makes(folder, maker):
    definition = re.compile(rf'^std::unique_ptr<[\w:]*Server> {maker}\([^;{{]*\{{', re.MULTILINE)
    # A file *_absent.cpp replaces a server that is left out of a build.
    files = [path for path in sorted(folder.glob('*.cpp'))
             if not path.stem.endswith('_absent') and definition.search(path.read_text())]
    if len(files) != 1:
        raise ValueError(f'{maker} must be defined in exactly one file of {folder}, not in {len(files)}')
    return files[0]


def _stages(root, path):
    own = functions(root, path)
    beside = [function for other in _parts_of(path) for function in functions(root, other)]
    shown = set()
    return {name: [_part(piece) for piece in
                   _stage(stage, own, beside if name == 'run' else _without_bases(beside), shown)]
            for name, stage in STAGES.items()}


def whole_files(root):
    """The same servers, with the files that contain their stages: the server's own file is the first one. A stage is
    only where it is in these files."""
    found = {}
    described = []
    for server in servers(root):
        parts = {name: [_place(part) for part in stage] for name, stage in server['stages'].items()}
        paths = [server['file'], *(part['file'] for stage in parts.values() for part in stage)]
        files = list(dict.fromkeys(paths))
        found |= {path: highlight((root / path).read_text().rstrip('\n')) for path in files if path not in found}
        described.append({**server, 'stages': parts, 'files': files})
    return {'servers': described, 'files': found}


def _place(part):
    return {'file': part['file'], 'line': part['line'], 'lines': part['html'].count('\n') + 1}


def _part(function):
    return {'file': function.file, 'line': function.line, 'function': function.name,
            'html': highlight(_dedented(function.code))}


def _stage(stage, own, beside, shown):
    """The functions named after the stage, or else those that make its calls. Shared files are searched last."""
    for candidates in own, beside:
        named = [function for function in candidates if function.words() & stage.words]
        if candidates is beside:
            named = [function for function in named if function.name in stage.words] or named
        if named:
            shown.update(named)
            return named
        calling = [function for function in candidates if re.search(stage.calls, function.code)]
        if calling:
            pieces = [_statement(function, stage.calls) if function in shown else function for function in calling]
            shown.update(calling)
            return pieces
    return []


def _statement(function, calls):
    """Only the lines of the call, for a function that another stage shows in full."""
    lines = function.code.split('\n')
    first = last = next(i for i, line in enumerate(lines) if re.search(calls, line))
    while first > 0 and lines[first - 1].rstrip()[-1:] not in ('', ';', '{', '}', ':'):
        first -= 1
    while last < len(lines) - 1 and lines[last].rstrip()[-1:] not in (';', '{', '}'):
        last += 1
    return function._replace(line=function.line + first, code='\n'.join(lines[first:last + 1]))


def _parts_of(path):
    """The files in the same folder that it includes, directly or indirectly: the .cpp file of a header, or the header
    itself if it has none."""
    found = []
    headers = [path]
    for file in headers:
        for name in re.findall(r'^#include "([\w]+)\.hpp"', file.read_text(), re.MULTILINE):
            header = path.parent / f'{name}.hpp'
            if header.exists() and header not in headers:
                headers.append(header)
                definitions = header.with_suffix('.cpp')
                found.append(definitions if definitions.exists() else header)
    return found


def _without_bases(functions_beside):
    """A header defines what all servers of a kind do alike: their `run`, and no stage of one of them."""
    return [function for function in functions_beside if not function.file.endswith('.hpp')]


def functions(root, path):
    """The functions of a file, without functions nested in others."""
    text = path.read_text()
    found = []
    for match in FUNCTION.finditer(text):
        end = _end_of_body(text, match.end() - 1, match['indent'])
        if end is None:
            continue
        start = _start_with_comment(text, match.start(), match['indent'])
        found.append(Function(path.relative_to(root).as_posix(), text.count('\n', 0, start) + 1, match['name'],
                              text[start:end]))
    return found


def places(root):
    """The file and the line of each function of the servers that is defined outside of a class, by its name with its
    class: `Connection::update`. A name that several files define is left out."""
    found = {}
    for folder in ('raw', 'asio', 'src/server', 'src/protocol', 'src/posix'):
        for path in sorted((root / folder).glob('*.?pp')):
            for function in functions(root, path):
                definition = re.search(rf'^\S.*?((?:\b\w+::)?\b{function.name})\(', function.code, re.MULTILINE)
                if definition and not definition[0].startswith('//'):
                    line = function.line + function.code.count('\n', 0, definition.start())
                    found.setdefault(definition[1], set()).add(f'{function.file}, line {line}')
    return {name: lines.pop() for name, lines in found.items() if len(lines) == 1}


def _end_of_body(text, parenthesis, indent):
    """The position after the closing brace, or None for a declaration or a call. clang-format ends a body on its first
    line, or with a brace that is indented like the function."""
    depth = 0
    for at in range(parenthesis, len(text)):
        if text[at] in '()':
            depth += 1 if text[at] == '(' else -1
        elif depth == 0 and text[at] == ';':
            return None
        elif depth == 0 and text[at] == '{':
            line_end = text.index('\n', at)
            if text[line_end - 1] == '}':
                return line_end
            closing = f'\n{indent}}}\n'
            return text.index(closing, at) + len(closing) - 1
    return None


def _start_with_comment(text, start, indent):
    while start > 0:
        previous = text.rfind('\n', 0, start - 1) + 1
        if not re.match(rf'{indent}(//|template <)', text[previous:start]):
            break
        start = previous
    return start


def _dedented(code):
    lines = code.split('\n')
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return '\n'.join(line[margin:] for line in lines)


def first_comment(text):
    lines = []
    for line in text.split('\n'):
        if not line.startswith('//'):
            break
        lines.append(line[2:].strip())
    return ' '.join(lines)


if __name__ == '__main__':
    print(json.dumps(whole_files(Path(sys.argv[1])), ensure_ascii=False, separators=(',', ':')))
