// The tables of the page.

function details(title, ...children) {
    return el('details', {}, el('summary', {}, title), el('div', {class: 'scroll', tabindex: '0', role: 'group', 'aria-label': title}, ...children));
}

function tableOf(head, rows) {
    return el('table', {}, el('thead', {}, el('tr', {}, ...head.map((text) => el('th', {scope: 'col'}, text)))),
        el('tbody', {}, ...rows.map(([first, ...rest]) => el('tr', {}, el('th', {scope: 'row'}, first),
            ...rest.map((text) => (text instanceof Node ? text : el('td', {}, text)))))));
}

// A server's name, as a link to its code.
function serverCell(server) {
    if (!codeView.has(server)) return server.title;
    return el('a', {href: '#code', title: 'show its code', onclick: () => codeView.choose(server)}, server.title);
}

function figureTable(scenario, figure) {
    const series = seriesIn(scenario);
    const single = scenario.points.length === 1;
    const hasSpread = single && figure === FIGURES.ratio && scenario.points[0].servers.some((server) => spreadText(server, scenario.points[0]));
    const head = single ? ['server', figure.axis(scenario.points[0]), ...(hasSpread ? ['spread of sessions'] : []), 'verdict', 'limited by']
        : ['server', ...scenario.points.map(labelOf)];
    const rows = series.map(({rows: at}) => {
        const name = serverCell(at.find((row) => row));
        if (single) return [name, figureCell(at[0], figure), ...(hasSpread ? [spreadText(at[0], scenario.points[0])] : []), verdictText(at[0]), at[0].medians ? at[0].limit ?? '' : ''];
        return [name, ...at.map((server) => figureCell(server, figure))];
    });
    const title = single ? '' : el('p', {class: 'quiet'}, `${capitalised(figure.axis(scenario.points[0]))}.`);
    return el('div', {}, title, tableOf(head, rows));
}

// The standard deviation of the ratio from session to session; empty for the baseline and without sessions.
function spreadText({title, medians}, {baseline}) {
    const spread = medians?.ratio?.spread;
    return spread === undefined || title === baseline ? '' : `${(100 * (spread - 1)).toFixed(1)} %`;
}

function figureCell(server, figure) {
    if (!server) return '–';
    if (server.skipped) return el('td', {class: 'remark'}, `skipped: ${server.skipped}`);
    if (server.failed) return el('td', {class: 'remark failed'}, `failed: ${server.failed}`);
    return isKnown(figure, server) ? valueText(figure, server) : '–';
}

function verdictText(server) {
    const verdict = verdictOf(server);
    const p = server.medians?.ratio?.p;
    return !verdict || verdict === 'baseline' || p === undefined ? verdict ?? '' : `${verdict}, p = ${number(p)}`;
}

// Why servers are missing from the charts.
function skippedNotes(scenario) {
    const remarks = new Set();
    for (const point of scenario.points)
        for (const server of point.servers) {
            const why = server.skipped ?? server.failed ?? server.idle_connection_unknown ?? server.system_calls_unknown;
            if (why) remarks.add(`${server.title}: ${why}`);
        }
    return remarks.size === 0 ? '' : el('ul', {class: 'quiet'}, ...[...remarks].map((text) => el('li', {}, text)));
}
