// Charts on Chart.js, which is fetched when the first is drawn. `charts.js` is the report's: how a server looks, and
// what every chart has.
/* global Chart, Looks, themed, titled, colour, number, swatch, recolourSwatches */
import {el, loadScript} from './kit.js';

const SLOWLY_MS = 1000;

// Rejects where the service has been built without Chart.js.
export async function loadCharts() {
    await loadScript('/chart.js');
    await loadScript('/charts.js');
}

export const NO_CHARTS =
    'There are no charts, since the service was built without Chart.js (Debian: libjs-chart.js). The table has all figures.';

const calm = matchMedia('(prefers-reduced-motion: reduce)');
const dark = matchMedia('(prefers-color-scheme: dark)');

// Where a line has come to.
const heads = {
    id: 'heads',
    afterDatasetsDraw(chart) {
        chart.data.datasets.forEach((dataset, i) => {
            const {x, y} = chart.getDatasetMeta(i).data.at(-1) ?? {};
            if (!Number.isFinite(x) || !Number.isFinite(y)) return;
            chart.ctx.fillStyle = chart.ctx.strokeStyle = dataset.borderColor;
            Chart.helpers.drawPoint(chart.ctx, {pointStyle: dataset.pointStyle, radius: 4, borderWidth: 2}, x, y);
        });
    },
};

// `server`: as GET /api/servers tells it; nothing where it is not known any more.
function looksOf(titles, servers) {
    const looks = new Looks({scenarios: []});
    for (const title of titles) looks.add(title, servers.find((server) => server.name === title) ?? {});
    return looks;
}

// Three charts one under the other, and what their lines are.
export class LiveCharts {
    // `titles`: of the servers; `history`: theirs, whose lines are drawn as they grow.
    constructor(holder, titles, servers, history) {
        this.titles = titles;
        this.history = history;
        this.looks = looksOf(titles, servers);
        this.drawnAt = 0;
        this.parts = [['Messages a second', ['messages_per_second'], 'linear'],
            ['CPU µs a message', ['cpu_us_a_message'], 'linear'],
            ['Latency, µs: p99 thick, p50 thin', ['p99_us', 'p50_us'], 'logarithmic']]
            .map(([title, figures, scale], i) => ({title, figures, scale, last: i === 2,
                canvas: el('canvas', {role: 'img', 'aria-label': `${title}, over time; the table has the figures`})}));
        holder.replaceChildren(
            el('p', {class: 'keys'}, ...titles.map((title) => el('span', {}, swatch(this.looks.line(title), title), ` ${title}`))),
            ...this.parts.map(({title, canvas}) => el('figure', {class: 'live'}, el('figcaption', {}, title), el('div', {class: 'chart'}, canvas))));
        this.draw();
        this.recolour = () => {
            recolourSwatches(this.looks);
            this.draw();
        };
        dark.addEventListener('change', this.recolour);
    }

    draw() {
        for (const part of this.parts) {
            part.chart?.destroy();
            part.chart = new Chart(part.canvas, themed(this.configuration(part)));
        }
    }

    configuration({figures, scale, last}) {
        const datasets = this.titles.flatMap((title) => figures.map((figure, i) => ({
            label: title, ...this.looks.line(title), data: this.history.line(title)[figure], pointRadius: 0,
            borderWidth: i === 0 ? 2 : 1,
        })));
        return {
            type: 'line', plugins: [heads], data: {datasets},
            options: {
                parsing: false, events: [], layout: {padding: {right: 8, top: 6}},
                scales: {
                    x: {type: 'linear', min: 0, max: this.history.seconds, grid: {display: false},
                        ticks: {display: last, maxTicksLimit: 8}, title: last ? titled('seconds that a server has been measured for') : {}},
                    y: {type: scale, beginAtZero: true, grid: {color: colour('line'), borderColor: colour('line')},
                        ticks: {maxTicksLimit: 5, callback: (value) => number(value)}, afterFit: (axis) => { axis.width = 64; }},
                },
            },
        };
    }

    // Ten times a second at most, since the service tells no more often; less where motion is not wanted.
    update(now) {
        if (document.hidden || (calm.matches && now - this.drawnAt < SLOWLY_MS)) return;
        this.drawnAt = now;
        for (const {chart} of this.parts) chart.update('none');
    }

    destroy() {
        dark.removeEventListener('change', this.recolour);
        for (const {chart} of this.parts) chart.destroy();
    }
}

// What a message costs over the number of idle connections. `series`: [{title, points: [{idle, cpu}]}].
export class IdleChart {
    constructor(holder, servers) {
        this.servers = servers;
        this.canvas = el('canvas', {role: 'img', 'aria-label': 'CPU time a message over idle connections; the table has the figures'});
        this.keys = el('p', {class: 'keys'});
        holder.replaceChildren(this.keys, el('div', {class: 'chart tall'}, this.canvas));
        dark.addEventListener('change', () => this.draw(this.series));
    }

    draw(series) {
        this.series = series;
        const looks = looksOf(series.map(({title}) => title), this.servers);
        this.keys.replaceChildren(...series.map(({title}) => el('span', {}, swatch(looks.line(title), title), ` ${title}`)));
        this.chart?.destroy();
        this.chart = new Chart(this.canvas, themed({
            type: 'line', data: {datasets: series.map(({title, points}) => ({
                label: title, ...looks.line(title), clip: false, data: points.map(({idle, cpu}) => ({x: idle, y: cpu})),
            }))},
            options: {
                parsing: false, interaction: {mode: 'nearest', axis: 'x', intersect: false},
                scales: {
                    x: {type: 'linear', beginAtZero: true, suggestedMax: 900, grid: {display: false}, title: titled('idle connections')},
                    y: {type: 'linear', beginAtZero: true, grid: {color: colour('line'), borderColor: colour('line')},
                        title: titled('CPU time a message, µs'), ticks: {callback: (value) => number(value)}},
                },
            },
        }));
    }
}
