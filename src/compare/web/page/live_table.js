// The live figures of a run, one row per server.
import {el, formatNumber, headRow, scrollable} from './kit.js';

const COLUMNS = [['messages_per_second', 0], ['cpu_us_per_message', 2], ['p50_us', 0], ['p99_us', 0]];

export class LiveTable {
    constructor() {
        this.rows = new Map();
        this.body = el('tbody');
        this.element = scrollable('Live figures', el('table', {id: 'live'},
            el('caption', {}, 'Medians of the rounds or sessions so far. A dot marks the server that is being measured; its row shows the current one'),
            headRow('server', 'messages per second', 'CPU µs per message', 'p50 µs', 'p99 µs', 'rounds', ''), this.body));
        this.element.hidden = true;
    }

    clear() {
        this.rows.clear();
        this.body.replaceChildren();
        this.element.hidden = true;
    }

    // Changes a cell only if its text differs, so that selected text stays selected.
    show({servers, sample, rounds}) {
        this.element.hidden = servers.length === 0;
        for (const server of servers) {
            const now = sample?.server === server.title ? sample : null;
            const texts = [...COLUMNS.map(([name, digits]) => formatNumber((now ?? server)[name], digits)),
                `${server.rounds}/${rounds}`, server.failed ?? server.skipped ?? ''];
            const row = this.rowOf(server.title);
            row.classList.toggle('now', now !== null);
            texts.forEach((text, i) => { if (row.cells[i + 1].textContent !== text) row.cells[i + 1].textContent = text; });
        }
    }

    rowOf(title) {
        if (!this.rows.has(title)) {
            const row = el('tr', {}, el('th', {scope: 'row'}, title), ...COLUMNS.map(() => el('td')), el('td'),
                el('td', {class: 'remark'}));
            this.rows.set(title, row);
            this.body.append(row);
        }
        return this.rows.get(title);
    }
}
