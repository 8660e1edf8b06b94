// Line charts: a figure over a varied value, and latency percentiles. A legend below hides and shows lines.

function lineChart(holder, scenario, figure, styles) {
    const key = scenario.varies[0];
    const series = seriesIn(scenario).filter(({rows}) => rows.some((row) => row && isKnown(figure, row)));
    const configuration = () => {
        const x = variedAxis(scenario);
        const datasets = series.map(({title, rows}) => {
            const known = rows.map((row) => (row && isKnown(figure, row) ? figure.value(row) : null));
            return {label: title, ...styles.line(title), clip: false, showLine: !areCases(scenario),
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
                            (item.dataset.intervals[item.dataIndex] ? ` ${rangeText(item.dataset.intervals[item.dataIndex])}` : ''),
                    },
                }},
            },
        };
    };
    const chart = chartIn(holder, 420, sentenceOn(scenario, figure), configuration);
    if (chart) holder.append(legend(series, styles, holder));
}

// One button per server, which hides and shows its line.
function legend(series, styles, holder) {
    const current = () => drawn.find((entry) => entry.holder === holder).chart;
    const buttons = series.map(({title}, i) => {
        const button = el('button', {type: 'button', 'aria-pressed': 'true', onclick() {
            const show = button.getAttribute('aria-pressed') !== 'true';
            button.setAttribute('aria-pressed', String(show));
            current().setDatasetVisibility(i, show);
            current().update();
        }}, swatch(styles.line(title), title), shownTitle(title, styles.servers.get(title)));
        return button;
    });
    const all = (show) => buttons.filter((button) => button.getAttribute('aria-pressed') !== String(show))
        .forEach((button) => button.click());
    return el('div', {class: 'legend', role: 'group', 'aria-label': 'Servers in the chart'}, ...buttons,
        el('span', {}, el('button', {type: 'button', class: 'plain', onclick: () => all(true)}, 'all'),
            el('button', {type: 'button', class: 'plain', onclick: () => all(false)}, 'none')));
}

// Latency percentiles: the slowest message of every `share` took at least `time` µs.
function percentileChart(holder, point, styles, label) {
    const series = point.servers.filter(hasPercentiles)
        .map((server) => ({title: seriesOf(server, point), times: server.latency_at_share_us}));
    const configuration = () => ({
        type: 'line',
        data: {datasets: series.map(({title, times}) => ({label: title, ...styles.line(title), pointRadius: 2.5,
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
    if (chartIn(holder, 380, label, configuration)) holder.append(legend(series, styles, holder));
}

const percentileText = (share) => `${Number((100 - 100 / share).toPrecision(share < 100 ? 3 : 8))} %`;
