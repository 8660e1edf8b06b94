// Charts drawn by Chart.js, which is loaded when the first chart is drawn. `chart_style.js` is shared with the report.
/* global Chart, ServerStyles, colour, number, recolourSwatches, swatch, themed, titled */
import {el, loadScript} from './kit.js';

// Rejects if the service was built without Chart.js.
export async function loadCharts() {
    await loadScript('/chart.js');
    await loadScript('/chart_style.js');
}

export const NO_CHARTS =
    'No charts: the service was built without Chart.js (Debian: libjs-chart.js). The table shows all figures.';

const darkScheme = matchMedia('(prefers-color-scheme: dark)');

// Marks the newest point of each line.
const lineEnds = {
    id: 'lineEnds',
    afterDatasetsDraw(chart) {
        chart.data.datasets.forEach((dataset, i) => {
            const {x, y} = chart.getDatasetMeta(i).data.at(-1) ?? {};
            if (!Number.isFinite(x) || !Number.isFinite(y)) return;
            chart.ctx.fillStyle = chart.ctx.strokeStyle = dataset.borderColor;
            Chart.helpers.drawPoint(chart.ctx, {pointStyle: dataset.pointStyle, radius: 4, borderWidth: 2}, x, y);
        });
    },
};

// `servers`: as GET /api/servers returns them. A server that is no longer known gets the default look.
export function stylesOf(titles, servers) {
    const styles = new ServerStyles({scenarios: []});
    for (const title of titles) styles.add(title, servers.find((server) => server.name === title) ?? {});
    return styles;
}

// Three charts below each other, with a common legend.
export class LiveCharts {
    // `titles`: of the servers. `history`: their lines, which are redrawn as they grow.
    constructor(holder, titles, servers, history) {
        this.titles = titles;
        this.history = history;
        this.styles = stylesOf(titles, servers);
        this.parts = [['Messages per second', ['messages_per_second'], 'linear'],
            ['CPU µs per message', ['cpu_us_per_message'], 'linear'],
            ['Latency, µs: p99 thick, p50 thin', ['p99_us', 'p50_us'], 'logarithmic']]
            .map(([title, figures, scale], i) => ({title, figures, scale, last: i === 2,
                canvas: el('canvas', {role: 'img', 'aria-label': `${title}, over time; the table shows the figures`}),
                note: el('p', {class: 'quiet nothing'})}));
        holder.replaceChildren(
            el('p', {class: 'keys'}, ...titles.map((title) => el('span', {}, swatch(this.styles.line(title), title), ` ${title}`))),
            ...this.parts.map(({title, canvas, note}) => el('figure', {class: 'live'}, el('figcaption', {}, title), el('div', {class: 'chart'}, canvas, note))));
        this.draw();
        this.recolour = () => {
            recolourSwatches(this.styles);
            this.draw();
        };
        darkScheme.addEventListener('change', this.recolour);
    }

    draw() {
        for (const part of this.parts) {
            part.chart?.destroy();
            part.chart = new Chart(part.canvas, themed(this.configuration(part)));
            this.noteIfEmpty(part);
        }
    }

    // Covers axes without lines by the reason.
    noteIfEmpty({figures, note}) {
        note.hidden = !this.history.lacks(figures);
        note.textContent = this.history.isOver ? `Not known: each ${this.history.inSessions ? 'session' : 'round'} had too few messages.` : 'No figures yet.';
    }

    show(history) {
        this.history = history;
        this.draw();
    }

    configuration({figures, scale, last}) {
        const datasets = this.titles.flatMap((title) => figures.map((figure, i) => ({
            label: title, ...this.styles.line(title), data: this.history.line(title)[figure], pointRadius: 0,
            borderWidth: i === 0 ? 2 : 1,
        })));
        return {
            type: 'line', plugins: [lineEnds], data: {datasets},
            options: {
                parsing: false, events: [], layout: {padding: {right: 8, top: 6}},
                scales: {
                    x: {type: 'linear', min: 0, max: this.history.end, grid: {display: false},
                        ticks: {display: last, maxTicksLimit: 8, precision: this.history.inSessions ? 0 : undefined},
                        title: last ? titled(this.history.inSessions ? 'sessions' : 'measured seconds of each server') : {}},
                    y: {type: scale, beginAtZero: true, grid: {color: colour('line'), borderColor: colour('line')},
                        ticks: {maxTicksLimit: 5, callback: (value) => number(value)}, afterFit: (axis) => { axis.width = 64; }},
                },
            },
        };
    }

    redraw() {
        for (const part of this.parts) {
            part.chart.options.scales.x.max = this.history.end;
            part.chart.update('none');
            this.noteIfEmpty(part);
        }
    }

    destroy() {
        darkScheme.removeEventListener('change', this.recolour);
        for (const {chart} of this.parts) chart.destroy();
    }
}
