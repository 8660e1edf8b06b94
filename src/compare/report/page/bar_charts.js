// Bar charts: one bar per server, or stacked bars.

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

// Space for the text after the longest bar.
function roomFor(texts) {
    const ctx = el('canvas').getContext('2d');
    ctx.font = barFont();
    return {padding: {right: 14 + Math.max(...texts.map((text) => ctx.measureText(text).width))}};
}

const heightOfBars = (count) => 64 + count * 26;

function barChart(holder, point, figure, styles, label) {
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
                data: values, backgroundColor: servers.map((server) => styles.fill(seriesOf(server, point))), barPercentage: 0.72,
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
    const keys = [['raw', 'raw system calls', isRaw], ['other', 'other programs', (server) => !isRaw(server)]];
    return el('p', {class: 'keys'}, ...keys.filter(([, , has]) => servers.some(has)).map(([key, text]) =>
        el('span', {}, el('i', {class: `key ${key}`}), text)));
}

const PARTS = 2 * COLOURS;

// The first COLOURS parts are solid, the others striped.
function fillOf(part) {
    const solid = colour(`series-${part % COLOURS}`);
    return part < COLOURS ? solid : striped(solid);
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
