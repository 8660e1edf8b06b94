// What a message costs over the number of idle connections: out of the runs of this visit that differ in nothing else.
import {el, headRow, isOver, keptIn, known, wide} from './kit.js';
import {IdleChart, loadCharts} from './live_chart.js';
import {pointOf, resultsOf} from './verdicts.js';

// Few busy connections, as where idle ones are many: so a wait has one message to give, and its cost is not shared.
export const POINT = {servers: ['select', 'poll', 'epoll'], connections: 10, idle: [0, 300, 600, 900]};

const KEY = 'runs of this visit';
const WALK = 'walk';

// Of this visit: gone with the tab, and not with a reload.
const visit = keptIn(() => sessionStorage);

// All of a request but what the chart is over.
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
            el('h2', {id: 'idle-title'}, 'What idle connections cost'),
            el('p', {class: 'says'}, 'From the runs of this visit under the same load otherwise: medians of their rounds.'),
            this.chartPlace, this.tablePlace);
    }

    remember(id) {
        this.ids.push(id);
        visit.set(KEY, this.ids);
    }

    // The runs that are to be looked at one after the other.
    begin(ids) {
        visit.set(WALK, ids);
    }

    walk() {
        return visit.get(WALK) ?? [];
    }

    isOnTheWay(id) {
        return this.walk().includes(id);
    }

    // The next one, and this one is not on the way any more: who comes back to it later is not led on.
    after(id) {
        if (!this.isOnTheWay(id)) return undefined;
        const ids = this.walk();
        const rest = ids.slice(ids.indexOf(id) + 1);
        visit.set(WALK, rest);
        return rest[0];
    }

    // Reads what has been finished since, and draws it. `request`: whose load it is about.
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

    // The newest run of a server with so many idle connections counts.
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
            return;  // there is the table
        }
        this.chart ??= new IdleChart(this.chartPlace, this.servers);
        this.chart.draw(series);
    }
}

function tableOf(series, steps) {
    const costAt = (points, idle) => known(points.find((point) => point.idle === idle)?.cpu, 2);
    return wide('CPU time a message over idle connections', el('table', {class: 'idle-costs'},
        el('caption', {}, 'CPU µs a message, by idle connections'),
        headRow('server', ...steps.map((idle) => known(idle))),
        el('tbody', {}, ...series.map(({title, points}) => el('tr', {}, el('th', {scope: 'row'}, title),
            ...steps.map((idle) => el('td', {}, costAt(points, idle))))))));
}
