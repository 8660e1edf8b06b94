// A scenario's part of the page: a sentence, a chart and a table.

function showScenario(scenario) {
    const about = mainFigureOf(scenario);
    const figures = figuresOf(scenario);
    const holder = el('div', {class: 'figure'});
    section(scenario.name, scenario.question, holder);
    if (figures.length === 0) holder.append(el('p', {class: 'lead'}, NOTHING_KNOWN), skippedNotes(scenario));
    else if (about === 'idle_connection_bytes') showParts(holder, scenario, FIGURES.memory, memoryParts);
    else if (about === 'system_calls_per_message') showParts(holder, scenario, FIGURES.system_calls, callParts);
    else if (scenario.varies?.length === 2) showCrossover(holder, scenario);
    else showByFigure(holder, scenario, figures);
    if (scenario.figures?.includes('latency_us_p99') || scenario.name === 'comparison') showPercentiles(holder, scenario);
    if (about !== 'idle_connection_bytes') holder.append(el('p', {class: 'quiet'}, conditions(scenario)));
}

const plural = (list, noun) => `${noun}${list.length === 1 ? '' : 's'} ${list.join(', ')}`;

// The length of a window or of a slice, if it is the same at all points.
function lengthText({points}) {
    const texts = new Set(points.map((point) => (inSessions(point) ? `${number(1000 * point.slice_seconds)} ms per slice`
        : `${number(point.work.seconds)} s per round`)));
    return texts.size === 1 ? [...texts][0] : '';
}

// The settings that are the same at all points.
function conditions(scenario) {
    const same = (key) => {
        const values = new Set(scenario.points.map((point) => point.work[key]));
        return values.size === 1 ? [...values][0] : undefined;
    };
    const described = (key, text) => (same(key) === undefined ? '' : text(same(key)));
    const parts = [
        described('connections', (count) => counted(count, same('datagrams') ? 'socket' : 'busy connection')),
        described('size', (size) => `${bytesText(size)} per message`),
        described('depth', (depth) => `${counted(depth, 'message')} in flight per connection`),
        described('rate', (rate) => `${number(rate)} messages per second`), described('simulated_work', (work) => work && `handler: ${work}`),
        same('churn') ? 'one connection per message' : '', lengthText(scenario),
        scenario.server_cores?.length ? `server on ${plural(scenario.server_cores, 'core')}` : '',
        scenario.load_cores?.length ? `load on ${plural(scenario.load_cores, 'core')}` : '',
        scenario.interrupts_charged ? 'interrupts on the server\'s cores charged to the server' : '',
    ];
    return `Workload: ${parts.filter((part) => part).join('; ')}.`;
}

// One chart and one table of the selected figure.
function showByFigure(holder, scenario, figures) {
    const summary = el('p', {class: 'lead'});
    const drawing = el('div');
    const notes = el('div');
    const table = el('div');
    const show = (figure) => {
        summary.textContent = sentenceOn(scenario, figure);
        if (scenario.points.length > 1 && scenario.varies?.length > 0) lineChart(drawing, scenario, figure, styles);
        else barChart(drawing, scenario.points[0], figure, styles, summary.textContent);
        notes.replaceChildren(...[...gapsIn(scenario), ...notesOn(scenario, figure), ...medianNotes(scenario, [figure])].map((note) => el('p', {class: 'quiet'}, note)));
        table.replaceChildren(figureTable(scenario, figure));
    };
    holder.append(summary, choiceOf(figures, show), drawing, notes, details('Show as a table', table));
    show(figures[0]);
}

function choiceOf(figures, show) {
    if (figures.length < 2) return '';
    const buttons = figures.map((figure, i) => el('button', {type: 'button', 'aria-pressed': String(i === 0), onclick() {
        buttons.forEach((button, at) => button.setAttribute('aria-pressed', String(at === i)));
        show(figure);
    }}, figure.name));
    return el('div', {class: 'figures', role: 'group', 'aria-label': 'Figure'}, ...buttons);
}

// Stacked bars of the selected point.
function showParts(holder, scenario, figure, partsOf) {
    const points = scenario.points.filter((point) => point.servers.some((server) => isKnown(figure, server)));
    const summary = el('p', {class: 'lead'});
    const drawing = el('div');
    const table = el('div');
    const show = (point) => {
        const servers = point.servers.filter((server) => isKnown(figure, server))
            .sort((one, other) => figure.value(one) - figure.value(other));
        const parts = partsOf(servers).filter((part) => servers.some((server) => part.of(server) > 0));
        summary.textContent = sentenceOn({...scenario, points: [point]}, figure);
        stackedChart(drawing, servers, parts, figure, summary.textContent);
        table.replaceChildren(tableOf(['server', figure.axis(), ...parts.map((part) => part.name)], servers.map((server) =>
            [serverCell(server), figure.text(figure.value(server)), ...parts.map((part) => figure.text(part.of(server)))])));
    };
    holder.append(summary, pointChoice(points, show, points.length - 1), drawing, figure === FIGURES.system_calls ? callsNote(points) : socketNote(points),
        details('Show as a table', table, points.length > 1 ? figureTable(scenario, figure) : '', skippedNotes(scenario)));
    show(points.at(-1));
}

function pointChoice(points, show, chosen = 0) {
    if (points.length < 2) return '';
    const select = el('select', {onchange: () => show(points[select.selectedIndex])},
        ...points.map((point, i) => el('option', {selected: i === chosen}, labelOf(point))));
    return el('p', {}, el('label', {}, 'Show: ', select));
}

function callsNote(points) {
    const sources = new Set(points.flatMap((point) => point.servers.map((server) => server.system_calls?.source)));
    const known = [...sources].filter((source) => source);
    return known.length === 0 ? '' : el('p', {class: 'quiet'}, `Counted with ${listed(known)}.`);
}

function socketNote(points) {
    const known = points.flatMap((point) => point.servers).find((server) => server.idle_connection?.socket_bytes);
    return known ? el('p', {class: 'quiet'}, 'The kernel\'s memory for the server\'s end of the socket is not included. It is ' +
        `${FIGURES.memory.text(known.idle_connection.socket_bytes / 1024)} per connection.`) : '';
}

const memoryParts = () => [
    {name: 'process memory', of: (server) => server.idle_connection.bytes / 1024},
    {name: 'kernel stack of the thread', of: (server) => (server.idle_connection.kernel_stack_bytes ?? 0) / 1024},
];

// The most frequent calls by name, as many as there are distinct colours; all others as one part.
function callParts(servers) {
    const totals = new Map();
    for (const server of servers)
        for (const [call, count] of Object.entries(server.system_calls.per_message)) totals.set(call, (totals.get(call) ?? 0) + count);
    const names = shownCalls([...totals]).sort((one, other) => other[1] - one[1]).map(([call]) => call);
    const shown = names.length <= PARTS ? names : names.slice(0, PARTS - 1);
    const parts = shown.map((call) => ({name: call, of: (server) => server.system_calls.per_message[call] ?? 0}));
    const rest = (server) => Math.max(0, callsOf(server) - parts.reduce((sum, part) => sum + part.of(server), 0));
    return servers.some((server) => rest(server) > 0.005) ? [...parts, {name: 'other calls', of: rest}] : parts;
}

// The cheapest server for each pair of varied values.
function showCrossover(holder, scenario) {
    const [across, down] = scenario.varies;
    const valuesOf = (key) => [...new Set(scenario.points.map((point) => point.at[key]))];
    const pointAt = (a, b) => scenario.points.find((point) => point.at[across] === a && point.at[down] === b);
    const columns = valuesOf(across);
    const {text} = scenario.crossover;
    const head = el('tr', {}, el('th', {scope: 'col'}, `${variedName(down)} ↓ · ${variedName(across)} →`),
        ...columns.map((a) => el('th', {scope: 'col'}, variedValue(across, a))));
    const rows = valuesOf(down).map((b) => el('tr', {}, el('th', {scope: 'row'}, variedValue(down, b)),
        ...columns.map((a) => crossoverCell(pointAt(a, b)))));
    holder.append(el('p', {class: 'lead'}, text),
        el('div', {class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'The cheapest server of each point'}, el('table', {class: 'crossover'}, el('thead', {}, head), el('tbody', {}, ...rows))),
        el('p', {class: 'quiet'}, 'Each cell names the server with the lowest CPU time per message, relative to the baseline. “or” names servers that are not told apart from it: the difference may be chance.'),
        details('All servers as a table', figureTable(scenario, FIGURES.ratio)));
}

function crossoverCell(point) {
    const {best, alike} = point ? bestOf(point, FIGURES.ratio) : {};
    if (!best) return el('td', {}, '–');
    const names = alike.length > 2 ? `${alike.length} others` : listed(alike.map((server) => server.title));
    return el('td', {style: `--cell:var(--${styles.variable(seriesOf(best, point))})`},
        el('b', {}, best.title), el('span', {}, valueText(FIGURES.ratio, best)), names ? el('span', {}, `or ${names}`) : '');
}

function showPercentiles(holder, scenario) {
    const points = scenario.points.filter((point) => point.servers.some(hasPercentiles));
    if (points.length === 0) return;
    const summary = el('p', {class: 'lead'});
    const drawing = el('div');
    const table = el('div');
    const show = (point) => {
        summary.textContent = percentileSentence(point);
        percentileChart(drawing, point, styles, summary.textContent);
        table.replaceChildren(percentileTable(point));
    };
    holder.append(el('h3', {}, 'Latency percentiles'), summary, pointChoice(points, show), drawing,
        el('p', {class: 'quiet'}, `The curve and its table are of the messages of all ${repetitions(scenario)} together. The p50, p99 and p99.9 above and elsewhere are medians over the ${repetitions(scenario)}.`),
        details('Show as a table', table));
    show(points[0]);
}

const latencyAt = (server, share) => server.latency_at_share_us.find(([at]) => at === share)?.[1];

function percentileSentence(point) {
    const servers = ranked(point, FIGURES.p99);
    if (servers.length === 0) return `${capitalised(labelOf(point))}: too few messages for a p99.`;
    const time = (server) => FIGURES.p99.text(FIGURES.p99.value(server));
    return `${capitalised(labelOf(point))}: the p99 latency is lowest for ${bestNames(bestOf(point, FIGURES.p99))} (${time(servers[0])})` +
        (!mayBeBest(point, FIGURES.p99, servers.at(-1)) ? ` and highest for ${servers.at(-1).title} (${time(servers.at(-1))}).` : '.');
}

function percentileTable(point) {
    const servers = point.servers.filter(hasPercentiles);
    const shares = [...new Set(servers.flatMap((server) => server.latency_at_share_us.map(([share]) => share)))].sort((a, b) => a - b);
    return tableOf(['latency, µs, at percentile', ...shares.map(percentileText)], servers.map((server) =>
        [serverCell(server), ...shares.map((share) => (latencyAt(server, share) === undefined ? '' : number(latencyAt(server, share))))]));
}
