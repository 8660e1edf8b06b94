// The calls of a message in a list, beside the code of the server that makes them. A call marks its line, and a line its
// calls.
/* global fullName */
import {CodeColumns} from './code_columns.js';
import {el, formatNumber} from './kit.js';
import {linesWithCalls} from './line_costs.js';
import {callText, laneOf, microseconds, ofMessage, stageLink} from './trace.js';

const MAX_ROWS = 40;
const ABOVE = 3;  // lines above a marked one

export class TracedCode {
    // `code`: the server in sources.json, or undefined; `files`: the lines of each file; `onCalls(server, calls)`: the
    // pointer or the focus is at these calls, or at their line.
    constructor(server, others, code, files, headOf, onCalls) {
        this.server = server;
        this.code = code;
        this.calls = ofMessage(server);
        this.onCalls = (calls) => onCalls(server, calls);
        this.rows = new Map();
        this.lines = code ? linesWithCalls(code, files) : [];
        this.element = el('section', {class: 'traced-code', 'aria-label': `Calls and code of ${server.name}`},
            el('h4', {}, headOf(server), server.name), this.list(others), code ? this.codeOf(files) : '');
    }

    list(others) {
        const rows = this.calls.slice(0, MAX_ROWS).map((call) => this.rowOf(call, others));
        const later = this.calls.findIndex((call) => call.at_us > this.server.answered_us);
        rows.splice(later < 0 ? rows.length : later, 0, this.replyRow());
        const rest = this.calls.length - MAX_ROWS;
        return el('div', {class: 'calls-list'}, el('ol', {}, ...rows.filter((row) => row)), rest > 0 ? el('p', {class: 'quiet'}, `The table lists ${formatNumber(rest)} more calls.`) : '');
    }

    rowOf(call, others) {
        const button = el('button', {type: 'button', class: 'call'}, callText(call));
        const hasThreads = new Set(this.calls.map(({thread}) => thread)).size > 1;
        const row = el('li', {class: `of-${call.stage}`, onpointerenter: () => this.onCalls([call]), onfocusin: () => this.onCalls([call])},
            el('span', {class: 'stage-name'}, stageLink(call, this.server, others)), button,
            el('span', {class: 'times'}, call.at_us < 0 ? 'already waiting' : `at ${microseconds(call.at_us)} µs`, `, ${laneOf(call) === 'waiting' ? 'waited' : 'took'} ${microseconds(call.took_us)} µs${
                hasThreads ? `, thread ${call.thread}` : ''}`));
        button.addEventListener('click', () => this.onCalls([call]));
        this.rows.set(call, row);
        return row;
    }

    replyRow() {
        const {answered_us: answered} = this.server;
        return Number.isFinite(answered) && el('li', {class: 'reply'}, el('span', {class: 'stage-name'}), el('span', {}, 'client has received the reply'), el('span', {class: 'times'}, `at ${microseconds(answered)} µs`));
    }

    codeOf(files) {
        const {file} = this.code;
        const hrefOf = (line) => `#read/${encodeURIComponent(fullName(this.code))}/${encodeURIComponent(file)}:${line}`;
        this.columns = new CodeColumns([{name: file, lines: files[file], stages: new Map(), hrefOf}]);
        for (const {file: path, line, names} of this.lines) {
            const calls = this.calls.filter(({call}) => names.includes(call));
            if (path !== file || calls.length === 0) continue;
            const element = this.columns.elementOf(0, line);
            element.classList.add('makes-calls');
            for (const event of ['pointerenter', 'focusin']) element.addEventListener(event, () => this.onCalls(calls));
        }
        this.where = el('p', {class: 'quiet where', role: 'status'}, file);
        return el('div', {class: 'code-panel'}, this.where, this.columns.element);
    }

    // The lines that make a call, in any file of the server: {file, from, to}. A library makes calls for a whole stage.
    linesOf(call) {
        const own = this.lines.filter(({names}) => names.includes(call.call)).map(({file, line}) => ({file, from: line, to: line + 1}));
        return own.length > 0 ? own : (this.code.stages[call.stage] ?? []).map(({file, line, lines}) => ({file, from: line, to: line + lines}));
    }

    // Marks calls and their lines; without calls nothing.
    mark(calls) {
        for (const [call, row] of this.rows) row.classList.toggle('marked', calls.includes(call));
        if (!this.columns) return;
        const places = calls.flatMap((call) => this.linesOf(call));
        const shown = places.filter(({file}) => file === this.code.file);
        this.columns.markLines(shown.map(({from, to}) => ({side: 0, from, to})));
        if (calls.length === 0) return;
        this.where.replaceChildren(...this.whereText(calls[0], places));
        if (shown.length > 0) this.scrollTo(shown[0].from);
    }

    whereText(call, places) {
        if (places.length === 0) return [`${call.call}: by no line of ${this.code.file}`];
        const isLine = this.lines.some(({names}) => names.includes(call.call));
        const [{file, from}] = places;
        const link = el('a', {href: `#read/${encodeURIComponent(fullName(this.code))}/${encodeURIComponent(file)}:${from}`}, `${file}:${from}`);
        return [`${call.call}: ${isLine ? '' : `stage ${call.stage}, in a library that is called in `}`, link];
    }

    // Within the panel only: the page stays where it is.
    scrollTo(line) {
        const panel = this.columns.columns[0].element;
        const element = this.columns.elementOf(0, line);
        const top = element.offsetTop - panel.offsetTop;
        if (top < panel.scrollTop || top + element.offsetHeight > panel.scrollTop + panel.clientHeight) panel.scrollTop = top - ABOVE * element.offsetHeight;
    }
}
