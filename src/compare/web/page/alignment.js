// Aligns the lines of files that are shown side by side.
//
// Two mechanisms share few whole lines, but many similar ones. A diff of equal lines alone would leave
// `read(WatchedConnection&)` and `read(PolledConnection&)` without a partner, so this is an alignment with the highest
// sum of similarities (Needleman and Wunsch). Files of some hundred lines need milliseconds, so any servers can be
// chosen, and none is computed at build time.

const LEAST_SIMILARITY = 0.5;
const IN_SEQUENCE = 0.1;  // lines that follow each other in both files belong together
const OF_STAGE = 1;       // so do the first lines of a stage

const wordsOf = (text) => text.match(/\w+/g) ?? [];

// What an equal line says about its place: an empty line or a brace, almost nothing.
function weightOf({words, trimmed}) {
    if (words.length > 0) return 1;
    return trimmed === '' ? 0.02 : 0.1;
}

function prepared(line) {
    const trimmed = line.text.trim();
    return {...line, trimmed, words: wordsOf(trimmed), isComment: trimmed.startsWith('//')};
}

// The share of words that both lines have, from 0 to 1.
function similarity(one, other) {
    if (one.trimmed === other.trimmed) return 1;
    if (one.words.length === 0 || other.words.length === 0 || one.isComment !== other.isComment) return 0;
    const left = new Map();
    for (const word of one.words) left.set(word, (left.get(word) ?? 0) + 1);
    let common = 0;
    for (const word of other.words) {
        const count = left.get(word) ?? 0;
        if (count === 0) continue;
        left.set(word, count - 1);
        ++common;
    }
    return 2 * common / (one.words.length + other.words.length);
}

// How much it is worth to show two lines in one row; 0: they do not belong together.
function worth(one, other) {
    const alike = similarity(one, other);
    if (alike === 1) return weightOf(one) + (one.stage && one.stage === other.stage ? OF_STAGE : 0);
    if (one.stage && one.stage === other.stage) return alike + OF_STAGE;
    return alike >= LEAST_SIMILARITY ? 0.8 * alike : 0;
}

// Adds a file as a further column to rows of cells.
function withColumn(rows, lines, columns) {
    const [height, width] = [rows.length + 1, lines.length + 1];
    const best = new Float64Array(height * width);     // of the first lines of both sides
    const matched = new Float64Array(height * width).fill(-Infinity);  // the same, if the last two of them are in one row
    for (let i = 1; i < height; ++i)
        for (let j = 1; j < width; ++j) {
            const at = i * width + j;
            const value = Math.max(...rows[i - 1].map((cell) => (cell ? worth(cell, lines[j - 1]) : 0)));
            const before = at - width - 1;
            if (value > 0) matched[at] = value + Math.max(best[before], matched[before] + IN_SEQUENCE);
            best[at] = Math.max(matched[at], best[at - width], best[at - 1]);
        }
    const found = [];
    let [i, j, inSequence] = [rows.length, lines.length, false];
    while (i > 0 || j > 0) {
        const at = i * width + j;
        const isMatch = i > 0 && j > 0 && matched[at] > -Infinity && (inSequence || matched[at] === best[at]);
        if (isMatch) {
            found.push([...rows[i - 1], lines[j - 1]]);
            const before = at - width - 1;
            inSequence = matched[before] + IN_SEQUENCE > best[before];
            --i;
            --j;
        } else if (j > 0 && (i === 0 || best[at - 1] >= best[at - width])) {
            found.push([...Array(columns).fill(null), lines[--j]]);
        } else {
            found.push([...rows[--i], null]);
        }
    }
    return found.reverse();
}

const present = (cells) => cells.filter((cell) => cell);

// Lines without a partner between two rows with partners are shown beside each other.
function closedUp(rows, columns) {
    const found = [];
    let loose = Array.from({length: columns}, () => []);
    const flush = () => {
        const height = Math.max(...loose.map((lines) => lines.length));
        for (let i = 0; i < height; ++i) found.push({kind: 'loose', cells: loose.map((lines) => lines[i] ?? null)});
        loose = loose.map(() => []);
    };
    for (const cells of rows) {
        if (present(cells).length === 1) {
            loose[cells.findIndex((cell) => cell)].push(present(cells)[0]);
            continue;
        }
        flush();
        const isEqual = cells.every((cell) => cell?.trimmed === cells[0]?.trimmed);
        found.push({kind: isEqual ? 'equal' : 'changed', cells});
    }
    flush();
    return found;
}

// `files`: lines `{text, stage}` of two or three files; `stage` is the name of a stage that begins there. Returns rows
// `{kind, cells}`; a cell is a line, or null. Lines in an `equal` row differ in their indentation at most. Lines in a
// `changed` row are similar. Lines in a `loose` row are there only to save space.
export function align(files) {
    const [first, ...others] = files.map((lines) => lines.map(prepared));
    let rows = first.map((line) => [line]);
    others.forEach((lines, i) => { rows = withColumn(rows, lines, i + 1); });
    if (others.length === 0) return rows.map((cells) => ({kind: 'equal', cells}));
    return closedUp(rows, files.length);
}

// The parts of a text, as [from, to), that a similar text does not have.
export function differingParts(text, other) {
    const pieces = (of) => [...of.matchAll(/\w+|\s+|[^\w\s]/g)];
    const [mine, theirs] = [pieces(text), pieces(other)];
    const common = Array.from({length: mine.length + 1}, () => new Uint16Array(theirs.length + 1));
    for (let i = mine.length - 1; i >= 0; --i)
        for (let j = theirs.length - 1; j >= 0; --j)
            common[i][j] = mine[i][0] === theirs[j][0] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    const parts = [];
    let [i, j] = [0, 0];
    while (i < mine.length) {
        if (j < theirs.length && mine[i][0] === theirs[j][0]) {
            ++i;
            ++j;
        } else if (j < theirs.length && common[i][j + 1] > common[i + 1][j]) {
            ++j;
        } else {
            const from = mine[i].index;
            const to = from + mine[i++][0].length;
            if (parts.at(-1)?.[1] === from) parts.at(-1)[1] = to;
            else parts.push([from, to]);
        }
    }
    return parts;
}
