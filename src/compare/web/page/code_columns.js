// Whole files side by side, row by row as `align` has aligned them. If the window is narrow, the files are shown in one
// column: the lines that only one file has follow each other, and each says which file that is.
import {align, differingParts} from './alignment.js';
import {el, setText} from './kit.js';

const SHOWN_AROUND = 3;   // equal lines before and after a difference
const LEAST_FOLDED = 4;
const MOST_MARKED = 0.8;  // of a line; more says no more than the sign

const narrow = matchMedia('(max-width: 48rem)');

const textOf = (html) => {
    const template = el('template');
    template.innerHTML = html;
    return template.content.textContent;
};

// Wraps parts of the text of an element, given as [from, to), in <mark>.
function mark(element, parts) {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const nodes = [];
    for (let [node, at] = [walker.nextNode(), 0]; node; node = walker.nextNode()) {
        nodes.push({node, at});
        at += node.length;
    }
    for (const {node, at} of nodes)
        for (const [from, to] of parts.toReversed()) {
            const [begin, end] = [Math.max(from - at, 0), Math.min(to - at, node.length)];
            if (begin >= end) continue;
            const range = document.createRange();
            range.setStart(node, begin);
            range.setEnd(node, end);
            range.surroundContents(el('mark'));
        }
}

export class CodeColumns {
    // `sides`: `{name, lines, stages, hrefOf}`: the name of the file, the HTML of its lines, a Map from the first line of a
    // stage to its name, and a function from a line to its address.
    constructor(sides) {
        this.sides = sides;
        this.rows = align(sides.map(({lines, stages}) => lines.map((html, i) => ({html, line: i + 1, text: textOf(html), stage: stages.get(i + 1)}))));
        this.folds = this.foldsOf();
        this.differences = this.differencesOf();
        this.element = el('div', {class: 'columns'});
        if (sides.length > 1) narrow.addEventListener('change', this.onWidth = () => this.draw());
        this.draw();
    }

    // Must be called when several columns are shown no more.
    release() { narrow.removeEventListener('change', this.onWidth); }

    count(kind) { return this.rows.filter((row) => row.kind === kind).length; }

    foldsOf() {
        const folds = [];
        if (this.sides.length === 1) return folds;
        for (let from = 0, to = 0; from < this.rows.length; from = to + 1) {
            for (to = from; this.rows[to]?.kind === 'equal';) ++to;
            const first = from === 0 ? 0 : from + SHOWN_AROUND;
            const last = to === this.rows.length ? to : to - SHOWN_AROUND;
            if (last - first >= LEAST_FOLDED) folds.push({first, last});
        }
        return folds;
    }

    differencesOf() {
        return this.rows.flatMap(({kind}, at) => (kind !== 'equal' && (at === 0 || this.rows[at - 1].kind === 'equal') ? [at] : []));
    }

    draw() {
        this.lineElements = this.sides.map(() => new Map());
        const isOne = narrow.matches && this.sides.length > 1;
        this.columns = isOne ? [this.column(this.sides.map(({name}) => name).join(', '))] : this.sides.map(({name}) => this.column(name));
        this.rowElements = this.rows.map(() => []);
        if (isOne) this.fillOne();
        else this.fill();
        this.foldButtons = this.folds.map((fold) => this.foldIn(fold));
        this.element.replaceChildren(...this.columns.map(({element}) => element));
        this.element.classList.toggle('one', isOne);
        this.element.style.setProperty('--sides', this.columns.length);
        this.fold(this.isFolded ?? true);
        this.showCosts();
        this.showMarked();
    }

    column(name) {
        const body = el('div', {class: 'rows'});
        const element = el('div', {class: 'column', role: 'region', tabindex: 0, 'aria-label': `Code of ${name}`}, body);
        // Long lines are read together.
        element.addEventListener('scroll', () => {
            for (const other of this.columns) if (other.element !== element) other.element.scrollLeft = element.scrollLeft;
        });
        return {element, body};
    }

    fill() {
        this.rows.forEach((row, at) => row.cells.forEach((cell, side) => this.add(this.columns[side], at, side,
            cell ? this.lineOf(row, side, this.signOf(row, side)) : el('div', {class: 'code-line filler'}))));
    }

    fillOne() {
        for (let from = 0; from < this.rows.length;) {
            if (this.rows[from].kind === 'equal') {
                this.add(this.columns[0], from, 0, this.lineOf(this.rows[from], 0, ''));
                this.rows[from].cells.forEach(({line}, side) => this.lineElements[side].set(line, this.rowElements[from][0]));
                ++from;
                continue;
            }
            let to = from;
            while (to < this.rows.length && this.rows[to].kind !== 'equal') ++to;
            this.sides.forEach((_, side) => {
                for (let at = from; at < to; ++at)
                    if (this.rows[at].cells[side]) this.add(this.columns[0], at, side, this.lineOf(this.rows[at], side, `${side + 1}`));
            });
            from = to;
        }
    }

    add({body}, at, side, element) {
        this.rowElements[at].push(element);
        const line = this.rows[at].cells[side]?.line;
        if (line) this.lineElements[side].set(line, element);
        body.append(element);
    }

    signOf({kind}, side) {
        if (kind === 'equal') return '';
        return kind === 'changed' ? '~' : side === 0 ? '−' : '+';
    }

    lineOf({kind, cells}, side, sign) {
        const {html, line, text} = cells[side];
        const code = el('code');
        code.innerHTML = html;  // written at build time, from our own sources
        const other = kind === 'changed' && cells.find((cell, i) => cell && i !== side && cell.text !== text);
        if (other) this.markParts(code, text, other.text);
        const what = sign === '' ? '' : kind === 'changed' ? 'changed' : 'only here';
        return el('div', {class: `code-line ${kind} side-${side}`}, el('span', {class: 'gutter'},
            el('a', {class: 'line-number', href: this.sides[side].hrefOf(line), tabindex: html.includes('class="call"') ? 0 : -1, 'aria-label': `line ${line}`}, `${line}`), el('span', {class: 'cost'}),
            el('span', {class: 'sign', 'aria-hidden': 'true'}, sign), what ? el('span', {class: 'visually-hidden'}, `${what}: `) : ''), code);
    }

    markParts(code, text, other) {
        const margin = text.length - text.trimStart().length;
        const parts = differingParts(text.trimStart(), other.trimStart()).map(([from, to]) => [from + margin, to + margin]);
        const marked = parts.reduce((sum, [from, to]) => sum + to - from, 0);
        if (marked < MOST_MARKED * text.trim().length) mark(code, parts);
    }

    // A button in each column; the keyboard needs one of them.
    foldIn({first, last}) {
        const count = last - first;
        const places = new Set(this.rowElements[first].map((element) => element.parentElement));
        return [...places].map((body, i) => {
            const button = el('button', {type: 'button', class: 'fold', tabindex: i === 0 ? undefined : -1, onclick: () => this.unfold({first, last})},
                `⋯ ${count} equal lines`);
            body.insertBefore(button, this.rowElements[first].find((element) => element.parentElement === body));
            return button;
        });
    }

    fold(isFolded) {
        this.isFolded = isFolded;
        for (const fold of this.folds) this.setFolded(fold, isFolded);
    }

    setFolded(fold, isFolded) {
        for (const element of this.rowElements.slice(fold.first, fold.last).flat()) element.hidden = isFolded;
        for (const button of this.foldButtons[this.folds.indexOf(fold)]) button.hidden = !isFolded;
    }

    unfold({first, last}) {
        const hadFocus = this.element.contains(document.activeElement);
        this.setFolded(this.folds.find((fold) => fold.first === first && fold.last === last), false);
        if (hadFocus) this.focusRow(first);
    }

    focusRow(at) {
        const [element] = this.rowElements[at];
        element.tabIndex = -1;
        element.focus({preventScroll: true});
        return element;
    }

    elementOf(side, line) { return this.lineElements[side].get(line); }

    rowOf(side, line) { return this.rows.findIndex(({cells}) => cells[side]?.line === line); }

    // Shows a row, even if it is folded, and moves the focus there.
    goToRow(at) {
        const fold = this.folds.find(({first, last}) => at >= first && at < last);
        if (fold) this.setFolded(fold, false);
        this.focusRow(at).scrollIntoView({block: 'start', behavior: 'instant'});
    }

    // Marks lines: a list of {side, from, to}, with the line after the last one.
    markLines(marked) {
        this.marked = marked;
        this.showMarked();
    }

    showMarked() {
        for (const element of this.element.querySelectorAll('.marked')) element.classList.remove('marked');
        for (const {side, from, to} of this.marked ?? [])
            for (let line = from; line < to; ++line) this.lineElements[side].get(line)?.classList.add('marked');
    }

    // Calls `listener(side, line)` when the pointer or the focus is at a line with a system call.
    whenAt(listener) {
        const look = ({target}) => {
            const element = target.closest('.code-line:has(.call)');
            const side = this.lineElements.findIndex((lines) => [...lines.values()].includes(element));
            if (side >= 0) listener(side, [...this.lineElements[side]].find(([, other]) => other === element)[0]);
        };
        for (const event of ['pointerover', 'focusin']) this.element.addEventListener(event, look);
    }

    // Marks the calls of the lines for which `isMarked(side, line)` holds.
    markCalls(isMarked) {
        this.lineElements.forEach((lines, side) => {
            for (const [line, element] of lines)
                for (const call of element.querySelectorAll('.call')) call.classList.toggle('related', isMarked(side, line));
        });
    }

    // `costs`: a Map from lines to `{text, title, isLive, isNone}` for each side; `isNone`: the line makes no system call.
    setCosts(costs) {
        this.costs = costs;
        this.showCosts();
    }

    // In one column, an equal line stands for all files, and shows the costs of each if they differ.
    showCosts() {
        const costs = this.costs ?? this.sides.map(() => new Map());
        this.element.classList.toggle('with-costs', costs.some((of) => of.size > 0));
        this.element.classList.toggle('with-times', costs.some((of) => [...of.values()].some(({text}) => text.includes('µs'))));
        const shown = new Map();
        this.lineElements.forEach((elements, side) => {
            for (const [line, element] of elements) shown.set(element, [...shown.get(element) ?? [], costs[side].get(line)].filter((cost) => cost));
        });
        for (const [element, ofLine] of shown) {
            const place = element.querySelector('.cost');
            setText(place, [...new Set(ofLine.map(({text}) => text))].join(' / '));
            place.title = [...new Set(ofLine.map(({title}) => title))].join(' / ');
            place.classList.toggle('now', ofLine.some(({isLive}) => isLive));
            place.classList.toggle('none', ofLine.every(({isNone}) => isNone));
        }
    }
}
