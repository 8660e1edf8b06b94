// CPU per message by number of idle connections, from the runs of this browser tab that differ in nothing else.
import {el, formatNumber, headRow, isOver, jsonStorage, scrollable} from './kit.js';
import {IdleChart, loadCharts} from './live_chart.js';
import {pointOf, resultsOf} from './verdicts.js';

// With few busy connections each wait returns about one message, so the cost of a wait is not shared.
export const DEMONSTRATION = {servers: ['select', 'poll', 'epoll'], connections: 10, idle: [0, 300, 600, 900]};

const KEY = 'runs';
const DEMONSTRATION_KEY = 'demonstration';

// Stored for this tab: it survives a reload, but not closing the tab.
const session = jsonStorage(() => sessionStorage);

// All other options of a request, to compare them with those of another.
function withoutServersAndIdle(request) {
    const {idle, servers, ...others} = request;
    return JSON.stringify(Object.entries(others).sort());
}

export class IdleDemonstration {
    constructor(app, servers) {
        this.app = app;
        this.servers = servers;
        this.ids = session.get(KEY) ?? [];
        this.done = new Map();
        this.chartPlace = el('div');
        this.tablePlace = el('div');
        this.element = el('section', {'aria-labelledby': 'idle-title', hidden: true},
            el('h2', {id: 'idle-title'}, 'CPU cost of idle connections'),
            el('p', {class: 'lead'}, 'The article the project started from (Python I/O multiplexing, 2020) says that select and poll cost more the more connections are idle, and that epoll does not. These are the medians of the runs that were started in this browser tab and differ only in the number of idle connections.'),
            this.chartPlace, this.tablePlace);
    }

    addRun(id) {
        this.ids.push(id);
        session.set(KEY, this.ids);
    }

    // The runs of the demonstration, which are shown one after the other.
    begin(ids) {
        session.set(DEMONSTRATION_KEY, ids);
    }

    demonstrationIds() {
        return session.get(DEMONSTRATION_KEY) ?? [];
    }

    includes(id) {
        return this.demonstrationIds().includes(id);
    }

    // Returns the run after this one and forgets this one, so that opening it again later does not open the next.
    takeNext(id) {
        if (!this.includes(id)) return undefined;
        const ids = this.demonstrationIds();
        const rest = ids.slice(ids.indexOf(id) + 1);
        session.set(DEMONSTRATION_KEY, rest);
        return rest[0];
    }

    // Reads the runs that finished since, and draws those with the load of `request`.
    async show(request) {
        for (const id of this.ids) if (!this.done.has(id)) await this.read(id);
        const series = this.seriesFor(request);
        const steps = new Set(series.flatMap(({points}) => points.map(({idle}) => idle)));
        this.element.hidden = steps.size < 2;
        if (this.element.hidden) return;
        this.tablePlace.replaceChildren(tableOf(series, [...steps].sort((a, b) => a - b)));
        await this.draw(series);
    }

    async read(id) {
        try {
            const run = await this.app.get(`/api/runs/${id}`);
            if (!isOver(run)) return;
            this.done.set(id, run.state === 'finished' ? {request: run.request, point: pointOf(await resultsOf(this.app, id))} : null);
        } catch (error) {
            if (error.status !== 404) throw error;
            this.done.set(id, null);
        }
    }

    // If a server has several runs with the same number of idle connections, the newest one is used.
    seriesFor(request) {
        const load = withoutServersAndIdle(request);
        const lines = new Map();
        for (const id of this.ids) {
            const one = this.done.get(id);
            if (!one || withoutServersAndIdle(one.request) !== load) continue;
            for (const {title, medians} of one.point.servers) {
                if (!medians) continue;
                if (!lines.has(title)) lines.set(title, new Map());
                lines.get(title).set(one.request.idle, {idle: one.request.idle, cpu: medians.cpu_us_per_message});
            }
        }
        return [...lines].map(([title, points]) => ({title, points: [...points.values()].sort((a, b) => a.idle - b.idle)}));
    }

    async draw(series) {
        try {
            await loadCharts();
        } catch {
            return;  // the table is shown instead
        }
        this.chart ??= new IdleChart(this.chartPlace, this.servers);
        this.chart.draw(series);
    }
}

function tableOf(series, steps) {
    const costAt = (points, idle) => formatNumber(points.find((point) => point.idle === idle)?.cpu, 2);
    return scrollable('CPU time per message by idle connections', el('table', {class: 'idle-costs'},
        el('caption', {}, 'CPU µs per message by number of idle connections'),
        headRow('server', ...steps.map((idle) => formatNumber(idle))),
        el('tbody', {}, ...series.map(({title, points}) => el('tr', {}, el('th', {scope: 'row'}, title),
            ...steps.map((idle) => el('td', {}, costAt(points, idle))))))));
}
