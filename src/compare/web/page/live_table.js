// The live figures of a run, one row per server.
/* global ratioText, verdictOf */
import {el, formatNumber, headRow, scrollable, setText} from './kit.js';

const CAPTION = 'Medians of the rounds so far. A dot marks the server that is being measured; its row shows the current round';
const SESSIONS_CAPTION = 'Figures of the sessions so far, and CPU relative to the baseline with its 95 % confidence interval';
// How many cores the machine has, as far as the browser tells, and where the browser may run on it.
export const BROWSER_CORES = `A browser on this machine may run on all of its ${navigator.hardwareConcurrency} cores, those of the servers and of the load generator included`;
const VERDICT = 3;

export class LiveTable {
    constructor() {
        this.rows = new Map();
        this.caption = el('caption');
        this.body = el('tbody');
        this.head = headRow('server', 'CPU µs per message', '', 'verdict', 'messages per second', 'p50 µs', 'p99 µs', '', 'remark');
        [, , this.ratioHead, , , , , this.countHead] = this.head.querySelectorAll('th');
        this.element = scrollable('Live figures', el('table', {id: 'live'}, this.caption, this.head, this.body));
        this.element.hidden = true;
    }

    clear() {
        this.rows.clear();
        this.body.replaceChildren();
        this.element.hidden = true;
    }

    show(live) {
        const inSessions = live.sessions !== null;
        this.element.hidden = live.servers.length === 0;
        setText(this.caption, `${inSessions ? SESSIONS_CAPTION : CAPTION}. ${BROWSER_CORES}.`);
        setText(this.ratioHead, `relative to ${live.baseline ?? 'the baseline'}`);
        setText(this.countHead, inSessions ? 'sessions' : 'rounds');
        for (const server of live.servers) {
            const row = this.rowOf(server.title);
            row.classList.toggle('now', live.sample?.server === server.title);
            textsOf(server, live).forEach((text, i) => setText(row.cells[i + 1], text));
            row.cells[VERDICT].className = `verdict ${row.cells[VERDICT].textContent}`;
        }
    }

    rowOf(title) {
        if (!this.rows.has(title)) {
            const row = el('tr', {}, el('th', {scope: 'row'}, title), ...Array.from({length: 7}, () => el('td')), el('td', {class: 'remark'}));
            this.rows.set(title, row);
            this.body.append(row);
        }
        return this.rows.get(title);
    }
}

function textsOf(server, live) {
    const figures = currentFigures(server, live) ?? server;
    const compared = {title: server.title, medians: {ratio: server.ratio && withoutUnknown(server.ratio)}};
    return [formatNumber(figures.cpu_us_per_message, 2), ratioText(compared) ?? '–', verdictOf(compared) ?? '–',
        formatNumber(figures.messages_per_second), formatNumber(figures.p50_us), formatNumber(figures.p99_us),
        `${server.rounds}${live.sessions === null && live.rounds !== null ? `/${live.rounds}` : ''}`, server.failed ?? server.skipped ?? ''];
}

// Of the round that is being measured, or of the first session as long as it is.
function currentFigures({title}, {sample, slices, sessions}) {
    if (sessions === 0) return slices?.servers.find(({server}) => server === title);
    return sample?.server === title ? sample : undefined;
}

const withoutUnknown = (ratio) => Object.fromEntries(Object.entries(ratio).filter(([, value]) => value !== null));
