// CPU per message by number of idle connections, from the runs of this browser tab that differ in nothing else.
import {el, headRow, isOver, keptIn, known, wide} from './kit.js';
import {IdleChart, loadCharts} from './live_chart.js';
import {pointOf, resultsOf} from './verdicts.js';

// With few busy connections each wait returns about one message, so the cost of a wait is not shared.
export const POINT = {servers: ['select', 'poll', 'epoll'], connections: 10, idle: [0, 300, 600, 900]};

const KEY = 'runs of this visit';
const WALK = 'walk';

// Kept for this tab: it survives a reload, but not closing the tab.
const visit = keptIn(() => sessionStorage);

// The request without servers and idle connections, to compare the rest.
function otherwise(request) {
    const {idle, servers, ...others} = request;
    return JSON.stringify(Object.entries(others).sort());
}

export class IdleWalk {
    constructor(app, servers) {
        this.app = app;
        this.servers = servers;
        this.ids = visit.get(KEY) ?? [];
        this.done = new Map();
        this.chartPlace = el('div');
        this.tablePlace = el('div');
        this.element = el('section', {'aria-labelledby': 'idle-title', hidden: true},
            el('h2', {id: 'idle-title'}, 'CPU cost of idle connections'),
            el('p', {class: 'says'}, 'Medians of the runs in this browser tab that have the same load except for the number of idle connections.'),
            this.chartPlace, this.tablePlace);
    }

    remember(id) {
        this.ids.push(id);
        visit.set(KEY, this.ids);
    }

    // The runs of the demonstration, which are shown one after the other.
    begin(ids) {
        visit.set(WALK, ids);
    }

    walk() {
        return visit.get(WALK) ?? [];
    }

    isOnTheWay(id) {
        return this.walk().includes(id);
    }

    // Returns the next run and removes this one, so that opening it again later does not lead on.
    after(id) {
        if (!this.isOnTheWay(id)) return undefined;
        const ids = this.walk();
        const rest = ids.slice(ids.indexOf(id) + 1);
        visit.set(WALK, rest);
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
        const load = otherwise(request);
        const lines = new Map();
        for (const id of this.ids) {
            const one = this.done.get(id);
            if (!one || otherwise(one.request) !== load) continue;
            for (const {title, medians} of one.point.servers) {
                if (!medians) continue;
                if (!lines.has(title)) lines.set(title, new Map());
                lines.get(title).set(one.request.idle, {idle: one.request.idle, cpu: medians.cpu_us_a_message});
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
    const costAt = (points, idle) => known(points.find((point) => point.idle === idle)?.cpu, 2);
    return wide('CPU time per message by idle connections', el('table', {class: 'idle-costs'},
        el('caption', {}, 'CPU µs per message by number of idle connections'),
        headRow('server', ...steps.map((idle) => known(idle))),
        el('tbody', {}, ...series.map(({title, points}) => el('tr', {}, el('th', {scope: 'row'}, title),
            ...steps.map((idle) => el('td', {}, costAt(points, idle))))))));
}
