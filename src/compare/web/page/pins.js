// Pinned runs in one table. Ratios between runs are not shown: their rounds or sessions are not paired,
// because each run was measured at another time.
/* global ratioText */
import {cell, el, formatDate, formatNumber, headRow, persistent, scrollable} from './kit.js';
import {NUMBERS, loadText} from './runs.js';
import {pointOf, resultsOf} from './verdicts.js';

const KEY = 'pinned';
const MAX_PINS = 6;

const pinned = () => persistent.get(KEY) ?? [];
export const isPinned = (id) => pinned().includes(id);

// If there are too many, the oldest one is removed.
export function togglePin(id) {
    persistent.set(KEY, isPinned(id) ? pinned().filter((one) => one !== id) : [...pinned(), id].slice(-MAX_PINS));
}

export class Pins {
    constructor(app) {
        this.app = app;
        this.known = new Map();
        this.list = el('ol', {class: 'pins'});
        this.table = el('div');
        this.element = el('section', {'aria-labelledby': 'pins-title', hidden: true},
            el('h2', {id: 'pins-title'}, 'Pinned runs'), this.list, this.table);
    }

    // Loads summary and results of each pinned run. Runs that no longer exist are unpinned.
    async load() {
        for (const id of pinned()) {
            if (this.known.has(id)) continue;
            try {
                const [run, results] = await Promise.all([this.app.get(`/api/runs/${id}`), resultsOf(this.app, id)]);
                this.known.set(id, {run, point: pointOf(results)});
            } catch (error) {
                if (error.status !== 404) throw error;
                togglePin(id);
            }
        }
        for (const id of [...this.known.keys()]) if (!isPinned(id)) this.known.delete(id);
        return pinned().map((id) => this.known.get(id));
    }

    async show() {
        const runs = await this.load();
        this.element.hidden = runs.length === 0;
        this.list.replaceChildren(...runs.map(({run}) => this.itemOf(run)));
        this.table.replaceChildren(...(runs.length > 0 ? tableOf(runs) : []));
    }

    itemOf(run) {
        const unpin = el('button', {type: 'button', 'aria-label': `Unpin the run of ${formatDate(run.created)}`, onclick: () => {
            togglePin(run.id);
            this.onUnpin?.(run.id);
            this.show();
        }}, 'Unpin');
        return el('li', {}, el('a', {href: `#run/${run.id}`}, run.name ?? formatDate(run.created)), ` ${loadText(run.request)} `, unpin);
    }
}

// Ratios of one run are comparable with those of another only if both had the same load: `Idle connections: 0 and 50`.
function differencesOf(runs) {
    const requests = runs.map(({run}) => run.request);
    const difference = (label, value, text) => {
        const values = [...new Set(requests.map((request) => value(request) ?? null))];
        return values.length < 2 ? [] : [`${label}: ${values.map((one) => (one === null ? 'not set' : text(one))).join(' and ')}`];
    };
    return [...difference('Scenario', ({scenario}) => scenario, (name) => name),
        ...Object.entries(NUMBERS).flatMap(([name, {label}]) => difference(label, (request) => request[name], formatNumber))];
}

function tableOf(runs) {
    const differences = differencesOf(runs);
    const warning = differences.length === 0 ? [] : [el('p', {class: 'warning'},
        `Warning: these runs were measured with different loads or in different ways, so their figures differ for this reason, too. ${differences.join('. ')}.`)];
    const titles = [...new Set(runs.flatMap(({point}) => point.servers.map((server) => server.title)))];
    return [...warning, scrollable('Pinned runs compared', el('table', {class: 'pinned'},
        el('caption', {}, 'Medians of the rounds or sessions, and CPU relative to the baseline of the same run with its 95 % confidence interval'),
        headRow('server', 'run', 'CPU µs per message', 'relative to the baseline', 'messages per second', 'p99 µs'),
        el('tbody', {}, ...titles.flatMap((title) => rowsOf(title, runs))))),
    el('p', {class: 'quiet'}, 'The table has no ratios between runs: each run was measured at another time, and the state of the machine may have changed in between. ',
        el('code', {}, './iomux compare diff FIRST.json SECOND.json'), ' shows which changes are significant.')];
}

function rowsOf(title, runs) {
    const found = runs.map(({point}, i) => ({number: i + 1, point, server: point.servers.find((server) => server.title === title)}))
        .filter(({server}) => server?.medians);
    return found.map(({number, point, server}, i) => el('tr', {},
        ...(i === 0 ? [el('th', {scope: 'rowgroup', rowspan: found.length}, title)] : []),
        cell(`${number}`), cell(formatNumber(server.medians.cpu_us_per_message, 2)), cell(relativeText(server, point)),
        cell(formatNumber(server.medians.messages_per_second)), cell(formatNumber(server.medians.latency_us?.p99))));
}

function relativeText(server, point) {
    return server.title === point.baseline ? 'baseline' : ratioText(server, point.baseline) ?? '–';
}
