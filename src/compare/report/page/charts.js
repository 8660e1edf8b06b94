// Charts, drawn by Chart.js. If the build did not find Chart.js, the page has tables only.

const HAS_CHARTS = typeof Chart !== 'undefined';
const MARKERS = ['circle', 'triangle', 'rect', 'rectRot', 'star', 'crossRot'];
// The dashes show the program, colour and marker show the server.
const DASHES = {raw: [], asio: [7, 3], 'asio-select': [2, 2], 'asio-io_uring': [9, 3, 2, 3]};
const COLOURS = 6;

const drawn = [];  // the charts to redraw when the colour scheme changes

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// The same server looks the same in every chart.
class Looks {
    constructor(results) {
        this.places = new Map();
        for (const scenario of results.scenarios)
            for (const {title, rows} of seriesIn(scenario)) this.add(title, rows.find((row) => row));
    }

    add(title, server) {
        if (!this.places.has(title)) this.places.set(title, {place: this.places.size, server});
    }

    colour(title) {
        const {place, server} = this.places.get(title) ?? {place: 0};
        return server && isTheFloor(server) ? colour('quiet') : colour(`series-${place % COLOURS}`);
    }

    line(title) {
        const {place, server} = this.places.get(title) ?? {place: 0};
        return {borderColor: this.colour(title), backgroundColor: this.colour(title), borderWidth: 2,
            borderDash: DASHES[server?.program] ?? [4, 4],
            pointStyle: MARKERS[(place + Math.floor(place / COLOURS)) % MARKERS.length], pointRadius: 4,
            pointHoverRadius: 6};
    }

    family(server) {
        if (isTheFloor(server)) return colour('quiet');
        return colour(isAsio(server) ? 'asio' : isRaw(server) ? 'raw' : 'brought');
    }
}

// Draws confidence intervals as whiskers, for datasets that have `intervals`.
const intervals = {
    id: 'intervals',
    afterDatasetsDraw(chart) {
        const {ctx} = chart;
        const sideways = chart.options.indexAxis === 'y';
        const scale = sideways ? chart.scales.x : chart.scales.y;
        ctx.save();
        chart.data.datasets.forEach((dataset, i) => {
            if (!chart.isDatasetVisible(i) || !dataset.intervals) return;
            ctx.strokeStyle = dataset.intervalColour ?? dataset.borderColor;
            ctx.lineWidth = 1.5;
            chart.getDatasetMeta(i).data.forEach((mark, at) => {
                const interval = dataset.intervals[at];
                if (interval) whisker(ctx, mark, interval.map((value) => scale.getPixelForValue(value)), sideways);
            });
        });
        ctx.restore();
    },
};

function whisker(ctx, mark, [from, to], sideways) {
    const across = sideways ? mark.y : mark.x;
    const stroke = (a, b, c, d) => (sideways ? (ctx.moveTo(a, b), ctx.lineTo(c, d)) : (ctx.moveTo(b, a), ctx.lineTo(d, c)));
    ctx.beginPath();
    stroke(from, across, to, across);
    stroke(from, across - 3, from, across + 3);
    stroke(to, across - 3, to, across + 3);
    ctx.stroke();
}

const barFont = () => `12px ${Chart.defaults.font.family}`;

// Writes each bar's value after its end.
const barTexts = {
    id: 'barTexts',
    afterDatasetsDraw(chart) {
        const dataset = chart.data.datasets.at(-1);
        if (!dataset?.texts) return;
        const {ctx} = chart;
        ctx.save();
        ctx.font = barFont();
        ctx.fillStyle = colour('ink');
        ctx.textBaseline = 'middle';
        chart.getDatasetMeta(chart.data.datasets.length - 1).data.forEach((bar, i) => {
            const end = Math.max(bar.x, chart.scales.x.getPixelForValue(dataset.intervals?.[i]?.[1] ?? 0));
            ctx.fillText(dataset.texts[i], end + 8, bar.y);
        });
        ctx.restore();
    },
};

// Draws a chart into `holder`. A chart that is already there is replaced.
function chartIn(holder, height, label, configuration) {
    if (!HAS_CHARTS) return;
    const canvas = el('canvas', {role: 'img', 'aria-label': label});
    holder.replaceChildren(el('div', {class: 'chart', style: `height:${height}px`}, canvas));
    const entry = {holder, configuration, chart: new Chart(canvas, themed(configuration()))};
    const before = drawn.findIndex((one) => one.holder === holder);
    if (before >= 0) drawn.splice(before, 1)[0].chart.destroy();
    drawn.push(entry);
    return entry.chart;
}

function redrawCharts() {
    for (const entry of drawn) {
        const hidden = entry.chart.data.datasets.map((_, i) => !entry.chart.isDatasetVisible(i));
        const {canvas} = entry.chart;
        entry.chart.destroy();
        const configuration = themed(entry.configuration());
        configuration.data.datasets.forEach((dataset, i) => { dataset.hidden = hidden[i]; });
        entry.chart = new Chart(canvas, configuration);
    }
}

function themed(configuration) {
    Chart.defaults.color = colour('soft');
    Chart.defaults.borderColor = colour('line');
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.font.size = 12;
    configuration.options = {
        animation: false, responsive: true, maintainAspectRatio: false, ...configuration.options,
        plugins: {
            legend: {display: false},
            ...configuration.options.plugins,
            tooltip: {
                backgroundColor: colour('ink'), titleColor: colour('paper'), bodyColor: colour('paper'), padding: 10,
                boxPadding: 5, usePointStyle: true, ...configuration.options.plugins?.tooltip,
            },
        },
    };
    return configuration;
}

const titled = (text) => ({display: true, text, color: colour('soft')});

// `bounds`: the values and the ends of their intervals, all of which the axis covers.
function valueAxis(title, values, bounds = values) {
    const logarithmic = values.length > 0 && spansMuch(values);
    const positive = bounds.filter((bound) => bound > 0 || !logarithmic);
    return {
        suggestedMin: Math.min(...positive), suggestedMax: Math.max(...positive),
        type: logarithmic ? 'logarithmic' : 'linear',
        title: titled(logarithmic ? `${title} (logarithmic)` : title),
        grid: {color: (tick) => colour(tick.tick.value === 1 ? 'soft' : 'line'), borderColor: colour('line')},
        ticks: {callback: (value) => (!logarithmic || isRound(value) ? number(value) : null), maxTicksLimit: logarithmic ? 30 : 8, includeBounds: logarithmic},
    };
}

const isRound = (value) => [1, 2, 5].includes(Number(value.toExponential(3).split('e')[0]));

// A logarithmic axis if the values span a wide range; otherwise, or if they include 0, a category axis.
function variedAxis(scenario) {
    const key = scenario.varies[0];
    const values = scenario.points.map((point) => point.at[key]);
    const text = (value) => variedValue(key, value);
    if (areCases(scenario))
        return {type: 'category', labels: scenario.points.map(labelOf), title: titled('work of the message handler'), grid: {display: false}};
    if (!spansMuch(values))
        return {type: 'category', labels: values.map(text), title: titled(variedName(key)), grid: {display: false}};
    return {
        type: 'logarithmic', title: titled(`${variedName(key)} (logarithmic)`), grid: {display: false},
        min: Math.min(...values) / 1.15, max: Math.max(...values) * 1.15,
        afterBuildTicks: (axis) => { axis.ticks = values.map((value) => ({value})); },
        ticks: {callback: text, autoSkip: false, maxRotation: 0},
    };
}

function lineChart(holder, scenario, figure, looks) {
    const key = scenario.varies[0];
    const series = seriesIn(scenario).filter(({rows}) => rows.some((row) => row && isKnown(figure, row)));
    const configuration = () => {
        const x = variedAxis(scenario);
        const datasets = series.map(({title, rows}) => {
            const known = rows.map((row) => (row && isKnown(figure, row) ? figure.value(row) : null));
            return {label: title, ...looks.line(title), clip: false, showLine: !areCases(scenario),
                intervals: rows.map((row) => row && figure.interval?.(row)),
                data: x.type === 'category' ? known
                    : known.map((value, i) => ({x: scenario.points[i].at[key], y: value}))};
        });
        const measured = series.flatMap(({rows}) => rows.filter((row) => row && isKnown(figure, row)));
        const values = measured.map(figure.value);
        const bounds = measured.flatMap((row) => [figure.value(row), ...(figure.interval?.(row) ?? [])]);
        return {
            type: 'line', plugins: [intervals], data: {labels: x.labels, datasets},
            options: {
                interaction: {mode: 'index', intersect: false},
                scales: {x, y: valueAxis(figure.axis(scenario.points[0]), values, bounds)},
                plugins: {tooltip: {
                    itemSort: (one, other) => one.parsed.y - other.parsed.y,
                    callbacks: {
                        title: ([item]) => (item ? labelOf(scenario.points[item.dataIndex]) : ''),
                        label: (item) => ` ${item.dataset.label}: ${figure.text(item.parsed.y)}` +
                            (item.dataset.intervals[item.dataIndex] ? ` (${rangeText(item.dataset.intervals[item.dataIndex])})` : ''),
                    },
                }},
            },
        };
    };
    const chart = chartIn(holder, 420, sentenceOn(scenario, figure), configuration);
    if (chart) holder.append(legend(series, looks, holder));
}

// One button per server, which hides and shows its line.
function legend(series, looks, holder) {
    const current = () => drawn.find((entry) => entry.holder === holder).chart;
    const buttons = series.map(({title}, i) => {
        const button = el('button', {type: 'button', 'aria-pressed': 'true', onclick() {
            const show = button.getAttribute('aria-pressed') !== 'true';
            button.setAttribute('aria-pressed', String(show));
            current().setDatasetVisibility(i, show);
            current().update();
        }}, swatch(looks.line(title), title), title);
        return button;
    });
    const all = (show) => buttons.filter((button) => button.getAttribute('aria-pressed') !== String(show))
        .forEach((button) => button.click());
    return el('div', {class: 'legend', role: 'group', 'aria-label': 'Servers in the chart'}, ...buttons,
        el('span', {}, el('button', {type: 'button', class: 'plain', onclick: () => all(true)}, 'all'),
            el('button', {type: 'button', class: 'plain', onclick: () => all(false)}, 'none')));
}

const SVG = 'http://www.w3.org/2000/svg';
const MARKER_PATHS = {
    circle: 'M15,2.5a3.5,3.5 0 1,0 .01,0z', triangle: 'M15,2l4,7h-8z', rect: 'M12,3h6v6h-6z', rectRot: 'M15,1.5l4.5,4.5l-4.5,4.5l-4.5,-4.5z',
    star: 'M15,2v8M11,6h8M12.2,3.2l5.6,5.6M12.2,8.8l5.6,-5.6', crossRot: 'M12,3l6,6M12,9l6,-6',
};

// A small sample of a server's line for the legend. It is drawn in currentColor, so recolouring sets only `color`.
function swatch(line, title) {
    const svg = document.createElementNS(SVG, 'svg');
    for (const [name, value] of Object.entries({viewBox: '0 0 30 12', width: 30, height: 12, 'aria-hidden': 'true'}))
        svg.setAttribute(name, value);
    svg.dataset.series = title;
    svg.style.color = line.borderColor;
    for (const [d, dash] of [['M0,6h30', line.borderDash.join(' ')], [MARKER_PATHS[line.pointStyle], '']]) {
        const path = document.createElementNS(SVG, 'path');
        path.setAttribute('d', d);
        path.setAttribute('stroke', 'currentColor');
        path.setAttribute('stroke-width', '1.8');
        path.setAttribute('fill', d.endsWith('z') ? 'currentColor' : 'none');
        if (dash) path.setAttribute('stroke-dasharray', dash);
        svg.append(path);
    }
    return svg;
}

function recolourSwatches(looks) {
    for (const svg of document.querySelectorAll('svg[data-series]')) svg.style.color = looks.colour(svg.dataset.series);
}

// Space for the text after the longest bar.
function roomFor(texts) {
    const ctx = el('canvas').getContext('2d');
    ctx.font = barFont();
    return {padding: {right: 14 + Math.max(...texts.map((text) => ctx.measureText(text).width))}};
}

const heightOfBars = (count) => 64 + count * 26;

function barChart(holder, point, figure, looks, label) {
    const servers = point.servers.filter((server) => isKnown(figure, server))
        .sort((one, other) => (figure.moreIsBetter ? -1 : 1) * (figure.value(one) - figure.value(other)));
    const configuration = () => {
        const values = servers.map(figure.value);
        const bounds = servers.flatMap((server) => figure.interval?.(server) ?? figure.value(server));
        const x = valueAxis(figure.axis(point), values);
        const texts = servers.map((server) => figure.text(figure.value(server)));
        Object.assign(x, {min: x.type === 'linear' ? 0 : Math.min(...bounds) / 2, max: Math.max(...bounds)});
        return {
            type: 'bar', plugins: [intervals, barTexts],
            data: {labels: servers.map((server) => server.title), datasets: [{
                data: values, backgroundColor: servers.map((server) => looks.family(server)), barPercentage: 0.72,
                intervals: servers.map((server) => figure.interval?.(server)), intervalColour: colour('ink'),
                texts,
            }]},
            options: {indexAxis: 'y', layout: roomFor(texts), scales: {x, y: serverAxis()},
                plugins: {tooltip: {callbacks: {label: (item) => ` ${valueText(figure, servers[item.dataIndex])}`}}}},
        };
    };
    chartIn(holder, heightOfBars(servers.length), label, configuration);
    if (HAS_CHARTS) holder.append(familyLegend(servers));
}

const serverAxis = () => ({grid: {display: false}, ticks: {color: colour('ink'), autoSkip: false}});

function familyLegend(servers) {
    const keys = [['raw', 'raw system calls', isRaw], ['asio', 'Boost.Asio', isAsio],
        ['brought', 'your own', (server) => !isRaw(server) && !isAsio(server)]];
    return el('p', {class: 'keys'}, ...keys.filter(([, , has]) => servers.some(has)).map(([key, text]) =>
        el('span', {}, el('i', {class: `key ${key}`}), text)));
}

const PARTS = 2 * COLOURS;

// The first COLOURS parts are solid, the others striped.
function fillOf(part) {
    const solid = colour(`series-${part % COLOURS}`);
    if (part < COLOURS) return solid;
    const tile = el('canvas', {width: 6, height: 6});
    const ctx = tile.getContext('2d');
    ctx.strokeStyle = solid;
    ctx.lineWidth = 2;
    for (const shift of [-6, 0, 6]) {
        ctx.moveTo(shift, 6);
        ctx.lineTo(shift + 6, 0);
    }
    ctx.stroke();
    return ctx.createPattern(tile, 'repeat');
}

// Stacked bars, one colour per part. A part has a `name` and `of(server)`, the server's value of it.
function stackedChart(holder, servers, parts, figure, label) {
    const configuration = () => {
        const totals = servers.map(figure.value);
        const texts = totals.map(figure.text);
        const datasets = parts.map((part, i) => ({
            label: part.name, data: servers.map(part.of), barPercentage: 0.72, backgroundColor: fillOf(i),
            borderColor: colour('paper'), borderWidth: {right: 1},
        }));
        datasets.push({label: '', data: servers.map(() => 0), texts});
        return {
            type: 'bar', plugins: [barTexts], data: {labels: servers.map((server) => server.title), datasets},
            options: {
                indexAxis: 'y', layout: roomFor(texts), interaction: {mode: 'index', axis: 'y', intersect: false},
                scales: {x: {stacked: true, min: 0, max: Math.max(...totals) || 1, ticks: {includeBounds: false}, title: titled(figure.axis())},
                    y: {stacked: true, ...serverAxis()}},
                plugins: {
                    legend: {display: true, position: 'top', align: 'start', onClick: () => {},
                        labels: {boxWidth: 12, boxHeight: 12, filter: (item) => item.text !== ''}},
                    tooltip: {filter: (item) => item.parsed.x > 0,
                        callbacks: {label: (item) => ` ${item.dataset.label}: ${figure.text(item.parsed.x)}`}},
                },
            },
        };
    };
    chartIn(holder, heightOfBars(servers.length) + 40, label, configuration);
}

// Latency percentiles: the slowest message of every `share` took at least `time` µs.
function percentileChart(holder, point, looks, label) {
    const series = point.servers.filter((server) => server.latency_at_share_us?.length > 1)
        .map((server) => ({title: seriesOf(server, point), times: server.latency_at_share_us}));
    const configuration = () => ({
        type: 'line',
        data: {datasets: series.map(({title, times}) => ({label: title, ...looks.line(title), pointRadius: 2.5,
            data: times.map(([share, time]) => ({x: share, y: time}))}))},
        options: {
            interaction: {mode: 'nearest', axis: 'x', intersect: false},
            scales: {
                x: {type: 'logarithmic', min: 1.2, title: titled('percentile (logarithmic)'),
                    grid: {display: false}, afterBuildTicks: (axis) => {
                        axis.ticks = [2, 10, 100, 1000, 10000, 1e5, 1e6].filter((value) => value <= axis.max).map((value) => ({value}));
                    },
                    ticks: {callback: percentileText, autoSkip: false, maxRotation: 0}},
                y: valueAxis('latency, µs', series.flatMap(({times}) => times.map(([, time]) => time))),
            },
            plugins: {tooltip: {
                itemSort: (one, other) => one.parsed.y - other.parsed.y,
                callbacks: {title: ([item]) => (item ? `${percentileText(item.parsed.x)} of the messages were faster` : ''),
                    label: (item) => ` ${item.dataset.label}: ${number(item.parsed.y)} µs`},
            }},
        },
    });
    if (chartIn(holder, 380, label, configuration)) holder.append(legend(series, looks, holder));
}

const percentileText = (share) => `${Number((100 - 100 / share).toPrecision(share < 100 ? 3 : 8))} %`;
