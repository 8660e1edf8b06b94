"""Which folder may include which: as README's table of folders says it, and as the sources do it."""
import os
import re
from pathlib import Path
from typing import NamedTuple

HEADER = '| folder | what lives there | rooms | includes |'
SOURCES = ('.cpp', '.hpp', '.in')
TOPS = ('src', 'raw', 'asio')
MOST_SOURCES_IN_A_ROOM = 25

LAYERS = re.compile(r'`[^`<]+`( (< )?`[^`<]+`)*')
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


class Place(NamedTuple):
    """A folder, or a room of one."""
    name: str           # src/compare/claims
    folder: str         # src/compare
    has_rooms: bool     # so that no source lies in it directly
    below: frozenset    # the places that it may include


def names_in(cell):
    return re.findall(r'`([^`]+)`', cell)


def layers_of(cell):
    """The rooms of each layer: `a` `b` < `c` are two beside each other, and one above. Raises ValueError for anything else."""
    if cell and not LAYERS.fullmatch(cell):
        raise ValueError(f'README.md: these rooms are not names in `` with < between the levels: {cell}')
    return [names_in(layer) for layer in cell.split('<') if layer]


def order(readme):
    """The places by name, in README's order. Raises ValueError if the table is missing or is not an order."""
    lines = readme.splitlines()
    if HEADER not in lines:
        raise ValueError(f'README.md has no table that begins with {HEADER}')
    places = {}
    for line in lines[lines.index(HEADER) + 2:]:
        if not line.startswith('|'):
            break
        first, _, rooms, includes = (cell.strip() for cell in line.strip('|').split('|'))
        [folder] = names_in(first)
        below = set()
        for name in names_in(includes):
            if name not in places:
                raise ValueError(f'README.md: {folder} includes {name}, which no line above it lists')
            below.update(place.name for place in places.values() if name in (place.name, place.folder))
        places[folder] = Place(folder, folder, bool(rooms), frozenset(below))
        for layer in layers_of(rooms):
            beside = [f'{folder}/{room}' for room in layer]
            for name in beside:
                places[name] = Place(name, folder, False, frozenset(below))
            below.update(beside)
    return places


def place_of(path, places):
    """The place of a source, or nothing: a folder within a room is of the room, one within a folder is not listed."""
    parts = path.as_posix().split('/')[:-1]
    for length in range(len(parts), 0, -1):
        place = places.get('/'.join(parts[:length]))
        if place:
            is_room = place.name != place.folder
            return place if is_room or length == len(parts) else None
    return None


def target_of(path, name, root):
    """The file that an include names: beside the source, or below src/, the only include path. Or nothing."""
    for folder in (path.parent, Path('src')):
        if (root / folder / name).is_file():
            return Path(os.path.normpath(folder / name))
    return None


def violations_of(path, places, root):
    """About one source, each with its file and line."""
    place = place_of(path, places)
    if place is None:
        yield f'{path}:1: README.md does not list its folder'
        return
    if place.has_rooms:
        yield f'{path}:1: it lies in no room of {place.name}'
        return
    for number, line in enumerate((root / path).read_text(encoding='utf-8').splitlines(), 1):
        included = INCLUDE.match(line)
        if not included:
            continue
        target = target_of(path, included[1], root)
        if target is None:
            yield f'{path}:{number}: there is no "{included[1]}"'
            continue
        other = place_of(target, places)
        if other is None or (other.name != place.name and other.name not in place.below):
            yield f'{path}:{number}: {place.name} may not include "{included[1]}"'


def violations(root):
    """Everything in which the sources below that folder differ from its README."""
    places = order((root / 'README.md').read_text(encoding='utf-8'))
    found = sorted(path.relative_to(root) for top in TOPS for path in (root / top).rglob('*')
                   if path.is_file() and path.suffix in SOURCES)
    all_of_them = [complaint for path in found for complaint in violations_of(path, places, root)]
    for place in places.values():
        inside = [path for path in found if place_of(path, places) == place]
        sources = [path for path in inside if path.suffix == '.cpp']
        if not inside and not place.has_rooms:
            all_of_them.append(f'README.md: {place.name} has no source')
        if place.name != place.folder and len(sources) > MOST_SOURCES_IN_A_ROOM:
            all_of_them.append(f'{place.name}: {len(sources)} .cpp files, more than {MOST_SOURCES_IN_A_ROOM}')
    return all_of_them
