// What line charts and bar charts have in common. If the build did not find Chart.js, the page has tables only.

const HAS_CHARTS = typeof Chart !== 'undefined';

const drawn = [];  // the charts to redraw when the colour scheme changes

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

// `bounds`: the values and the ends of their intervals, all of which the axis covers.
function valueAxis(title, values, bounds = values) {
    const logarithmic = values.length > 0 && needsLogarithm(values);
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
    if (!needsLogarithm(values))
        return {type: 'category', labels: values.map(text), title: titled(variedName(key)), grid: {display: false}};
    return {
        type: 'logarithmic', title: titled(`${variedName(key)} (logarithmic)`), grid: {display: false},
        min: Math.min(...values) / 1.15, max: Math.max(...values) * 1.15,
        afterBuildTicks: (axis) => { axis.ticks = values.map((value) => ({value})); },
        ticks: {callback: text, autoSkip: false, maxRotation: 0},
    };
}
