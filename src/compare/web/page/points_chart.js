// The cost of servers over what a scenario varies, with the 95 % confidence interval of each point. It can be updated while a
// run measures. Chart.js and the code of the report are loaded when the first one is drawn.
/* global Chart, FIGURES, ServerStyles, intervals, isKnown, labelOf, rangeText, recolourSwatches, seriesIn, shownTitle, swatch,
   themed, valueAxis, variedAxis */
import {el, loadScript} from './kit.js';
import {loadCharts} from './live_chart.js';

const darkScheme = matchMedia('(prefers-color-scheme: dark)');

export class PointsChart {
    // `label`: of the picture, for readers who do not see it.
    constructor(label) {
        this.canvas = el('canvas', {role: 'img', 'aria-label': label});
        this.keys = el('div', {class: 'legend', role: 'group', 'aria-label': 'Servers in the chart'});
        this.place = el('div', {class: 'chart'}, this.canvas);
        this.element = el('div', {class: 'points-chart'}, this.keys, this.place);
        darkScheme.addEventListener('change', () => this.redraw());
    }

    // Rejects if the service was built without Chart.js.
    async load() {
        await loadCharts();
        await loadScript('/charts.js');
        this.isLoaded = true;
    }

    // `scenario`: in the form of the results, without nulls. While a run measures, servers may lack figures.
    show(scenario) {
        this.scenario = scenario;
        const titles = seriesIn(scenario).map(({title}) => title).join();
        if (titles !== this.titles) this.redraw();
        else this.update();
        this.titles = titles;
    }

    redraw() {
        if (!this.scenario) return;
        this.chart?.destroy();
        this.styles = new ServerStyles({scenarios: [this.scenario]});
        this.chart = new Chart(this.canvas, themed(this.configuration()));
        this.keys.replaceChildren(...seriesIn(this.scenario).map(({title, rows}, i) => this.key(title, shownTitle(title, rows.find((row) => row)), i)));
        recolourSwatches(this.styles);
    }

    update() {
        const {data, options} = this.configuration();
        this.chart.data.datasets.forEach((dataset, i) => Object.assign(dataset, {data: data.datasets[i].data, intervals: data.datasets[i].intervals}));
        this.chart.options.scales.y = options.scales.y;
        this.chart.update('none');
    }

    configuration() {
        const {scenario, styles} = this;
        const figure = FIGURES.ratio;
        const known = (row) => row && isKnown(figure, row);
        const series = seriesIn(scenario);
        const measured = series.flatMap(({rows}) => rows.filter(known));
        const bounds = measured.flatMap((row) => [figure.value(row), ...(figure.interval(row) ?? [])]);
        const x = variedAxis(scenario);
        const y = valueAxis(figure.axis(scenario.points.findLast(({servers}) => servers.some(known)) ?? scenario.points[0]), measured.map(figure.value), bounds);
        // A logarithmic axis would begin at a power of ten.
        if (y.type === 'logarithmic') y.min = Math.min(...bounds) * 0.8;
        return {
            type: 'line', plugins: [intervals],
            data: {labels: x.labels, datasets: series.map(({title, rows}) => ({
                label: title, ...styles.line(title), clip: false, spanGaps: false,
                data: rows.map((row) => (known(row) ? figure.value(row) : null)),
                intervals: rows.map((row) => row && figure.interval(row)),
            }))},
            options: {
                interaction: {mode: 'index', intersect: false},
                scales: {x, y},
                plugins: {tooltip: {
                    itemSort: (one, other) => other.parsed.y - one.parsed.y,
                    callbacks: {
                        title: ([item]) => (item ? labelOf(this.scenario.points[item.dataIndex]) : ''),
                        label: (item) => ` ${item.dataset.label}: ${figure.text(item.parsed.y)}` +
                            (item.dataset.intervals[item.dataIndex] ? ` ${rangeText(item.dataset.intervals[item.dataIndex])}` : ''),
                    },
                }},
            },
        };
    }

    // Hides and shows a server's line. `name`: its title as it is shown.
    key(title, name, i) {
        const button = el('button', {type: 'button', 'aria-pressed': 'true', onclick: () => {
            const shows = button.getAttribute('aria-pressed') !== 'true';
            button.setAttribute('aria-pressed', `${shows}`);
            this.chart.setDatasetVisibility(i, shows);
            this.chart.update();
        }}, swatch(this.styles.line(title), title), name);
        return button;
    }
}
