// Builds the page from the results that are embedded in it.

const results = JSON.parse(document.getElementById('results').textContent);
const looks = new Looks(results);
const codeView = new CodeView(JSON.parse(document.getElementById('code-of-servers').textContent), results);
const main = document.querySelector('main');

const SHORT_TITLES = {'in-brief': 'In brief', syscalls: 'System calls', udp: 'UDP'};

function section(id, title, ...children) {
    document.querySelector('nav').append(el('a', {href: `#${id}`}, SHORT_TITLES[id] ?? capital(id.replaceAll('_', ' '))));
    main.append(el('section', {id, class: 'block', 'aria-labelledby': `${id}-title`}, el('h2', {id: `${id}-title`}, title),
        ...children));
}

function showHead() {
    const {kernel, cpu} = results.environment ?? {};
    const when = results.created && new Date(results.created);
    const date = when && new Intl.DateTimeFormat('en-GB', {dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC'}).format(when);
    const rounds = roundsText(results);
    document.getElementById('measured').textContent = [date && `Measured ${date} UTC`, kernel, cpu,
        rounds].filter((part) => part).join(' · ');
}

function showAnswers() {
    section('in-brief', 'In brief', el('dl', {class: 'answers'}, ...answers(results).map(({question, answer, why}) =>
        el('div', {}, el('dt', {}, question), el('dd', {class: 'answer'}, answer), ...why.map(whyOf)))),
        el('p', {class: 'quiet'}, certainty(results)));
}

// The evidence for an answer, with a link to its chart. If it was not measured: the command that measures it.
function whyOf({chart, point, text, command}) {
    if (command) return el('dd', {class: 'why'}, 'To measure it, run ', el('code', {}, command));
    return el('dd', {class: 'why'}, el('a', {href: `#${chart}`}, capital(labelOf(point))), `: ${text}.`);
}

function showScenario(scenario) {
    const about = aboutOf(scenario);
    const figures = figuresOf(scenario);
    const holder = el('div', {class: 'figure'});
    section(scenario.name, scenario.question, holder);
    if (figures.length === 0) holder.append(el('p', {class: 'says'}, NOTHING_KNOWN), skippedNotes(scenario));
    else if (about === 'idle_connection_bytes') showParts(holder, scenario, FIGURES.memory, memoryParts);
    else if (about === 'system_calls_a_message') showParts(holder, scenario, FIGURES.system_calls, callParts);
    else if (scenario.varies?.length === 2) showCrossover(holder, scenario);
    else showByFigure(holder, scenario, figures);
    if (scenario.figures?.includes('latency_us_p99') || scenario.name === 'comparison') showPercentiles(holder, scenario);
    if (about !== 'idle_connection_bytes') holder.append(el('p', {class: 'quiet'}, conditions(scenario)));
}

const plural = (list, noun) => `${noun}${list.length === 1 ? '' : 's'} ${list.join(', ')}`;

// The settings that are the same at all points.
function conditions(scenario) {
    const same = (key) => {
        const values = new Set(scenario.points.map((point) => point.work[key]));
        return values.size === 1 ? [...values][0] : undefined;
    };
    const described = (key, text) => (same(key) === undefined ? '' : text(same(key)));
    const parts = [
        described('connections', (count) => (same('datagrams') ? counted(count, 'socket') : counted(count, 'connection'))),
        described('size', (size) => `${bytesText(size)} per message`),
        described('depth', (depth) => `${counted(depth, 'message')} in flight per connection`),
        described('rate', (rate) => `${number(rate)} messages per second`), described('handling', (handling) => handling && `handler: ${handling}`),
        same('churn') ? 'one connection per message' : '', described('seconds', (seconds) => `${number(seconds)} s per round`),
        scenario.server_cores?.length ? `server on ${plural(scenario.server_cores, 'core')}` : '',
        scenario.load_cores?.length ? `load on ${plural(scenario.load_cores, 'core')}` : '',
        scenario.interrupts_charged ? 'interrupts on the server\'s core charged to the server' : '',
    ];
    return `Workload: ${parts.filter((part) => part).join('; ')}.`;
}

// One chart and one table of the selected figure.
function showByFigure(holder, scenario, figures) {
    const says = el('p', {class: 'says'});
    const drawing = el('div');
    const notes = el('div');
    const table = el('div');
    const show = (figure) => {
        says.textContent = sentenceOn(scenario, figure);
        if (scenario.points.length > 1 && scenario.varies?.length > 0) lineChart(drawing, scenario, figure, looks);
        else barChart(drawing, scenario.points[0], figure, looks, says.textContent);
        notes.replaceChildren(...notesOn(scenario, figure).map((note) => el('p', {class: 'quiet'}, note)));
        table.replaceChildren(figureTable(scenario, figure));
    };
    holder.append(says, choiceOf(figures, show), drawing, notes, details('Show as a table', table));
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
    const says = el('p', {class: 'says'});
    const drawing = el('div');
    const table = el('div');
    const show = (point) => {
        const servers = point.servers.filter((server) => isKnown(figure, server))
            .sort((one, other) => figure.value(one) - figure.value(other));
        const parts = partsOf(servers).filter((part) => servers.some((server) => part.of(server) > 0));
        says.textContent = sentenceOn({...scenario, points: [point]}, figure);
        stackedChart(drawing, servers, parts, figure, says.textContent);
        table.replaceChildren(tableOf(['server', figure.axis(), ...parts.map((part) => part.name)], servers.map((server) =>
            [serverCell(server), figure.text(figure.value(server)), ...parts.map((part) => figure.text(part.of(server)))])));
    };
    holder.append(says, pointChoice(points, show, points.length - 1), drawing, figure === FIGURES.system_calls ? callsNote(points) : socketNote(points),
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
    return known ? el('p', {class: 'quiet'}, 'The kernel\'s socket is not included: at the server\'s end it takes ' +
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
        for (const [call, count] of Object.entries(server.system_calls.a_message)) totals.set(call, (totals.get(call) ?? 0) + count);
    const names = [...totals].filter(([, count]) => count >= 0.005).sort((one, other) => other[1] - one[1]).map(([call]) => call);
    const shown = names.length <= PARTS ? names : names.slice(0, PARTS - 1);
    const parts = shown.map((call) => ({name: call, of: (server) => server.system_calls.a_message[call] ?? 0}));
    const rest = (server) => Math.max(0, callsOf(server) - parts.reduce((sum, part) => sum + part.of(server), 0));
    return servers.some((server) => rest(server) > 0.005) ? [...parts, {name: 'other calls', of: rest}] : parts;
}

// The cheapest server for each pair of varied values.
function showCrossover(holder, scenario) {
    const [across, down] = scenario.varies;
    const valuesOf = (key) => [...new Set(scenario.points.map((point) => point.at[key]))];
    const pointAt = (a, b) => scenario.points.find((point) => point.at[across] === a && point.at[down] === b);
    const columns = valuesOf(across);
    const winners = winnersOf(scenario).map(([title]) => title);
    const head = el('tr', {}, el('th', {scope: 'col'}, `${variedName(down)} ↓ · ${variedName(across)} →`),
        ...columns.map((a) => el('th', {scope: 'col'}, variedValue(across, a))));
    const rows = valuesOf(down).map((b) => el('tr', {}, el('th', {scope: 'row'}, variedValue(down, b)),
        ...columns.map((a) => crossoverCell(pointAt(a, b), winners))));
    holder.append(el('p', {class: 'says'}, crossoverSentence(scenario)),
        el('div', {class: 'scroll', tabindex: '0'}, el('table', {class: 'crossover'}, el('thead', {}, head), el('tbody', {}, ...rows))),
        el('p', {class: 'quiet'}, 'The cheapest server by CPU per message, relative to the baseline. “≈” names servers whose 95 % confidence intervals overlap with its own.'),
        details('All servers as a table', figureTable(scenario, FIGURES.ratio)));
}

function crossoverCell(point, winners) {
    const {best, alike} = point ? bestOf(point, FIGURES.ratio) : {};
    if (!best) return el('td', {}, '–');
    const names = alike.length > 2 ? `${alike.length} others` : listed(alike.map((server) => server.title));
    return el('td', {style: `--cell:var(--series-${winners.indexOf(best.title) % COLOURS})`},
        el('b', {}, best.title), el('span', {}, valueText(FIGURES.ratio, best)), names ? el('span', {}, `≈ ${names}`) : '');
}

function showPercentiles(holder, scenario) {
    const points = scenario.points.filter((point) => point.servers.some((server) => server.latency_at_share_us?.length > 1));
    if (points.length === 0) return;
    const says = el('p', {class: 'says'});
    const drawing = el('div');
    const table = el('div');
    const show = (point) => {
        says.textContent = percentileSentence(point);
        percentileChart(drawing, point, looks, says.textContent);
        table.replaceChildren(percentileTable(point));
    };
    holder.append(el('h3', {}, 'Latency percentiles'), says, pointChoice(points, show), drawing, details('Show as a table', table));
    show(points[0]);
}

const servedIn = (point) => point.servers.filter((server) => server.latency_at_share_us?.length > 1);
const longestOf = (server, share) => server.latency_at_share_us.find(([at]) => at === share)?.[1];

function percentileSentence(point) {
    const servers = ranked(point, FIGURES.p99);
    if (servers.length === 0) return `${capital(labelOf(point))}: too few messages for a p99.`;
    const text = (server) => `${server.title} (${FIGURES.p99.text(FIGURES.p99.value(server))})`;
    return `${capital(labelOf(point))}: the p99 latency is lowest for ${text(servers[0])}` +
        (servers.length > 1 ? ` and highest for ${text(servers.at(-1))}.` : '.');
}

function percentileTable(point) {
    const servers = servedIn(point);
    const shares = [...new Set(servers.flatMap((server) => server.latency_at_share_us.map(([share]) => share)))].sort((a, b) => a - b);
    return tableOf(['latency, µs, at percentile', ...shares.map(percentileText)], servers.map((server) =>
        [serverCell(server), ...shares.map((share) => (longestOf(server, share) === undefined ? '' : number(longestOf(server, share))))]));
}

function details(title, ...children) {
    return el('details', {}, el('summary', {}, title), el('div', {class: 'scroll', tabindex: '0'}, ...children));
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
    const head = single ? ['server', figure.axis(scenario.points[0]), 'verdict', 'limited by']
        : ['server', ...scenario.points.map(labelOf)];
    const rows = series.map(({rows: at}) => {
        const name = serverCell(at.find((row) => row));
        if (single) return [name, figureCell(at[0], figure), verdictText(at[0], scenario.points[0]), at[0].medians ? at[0].limit ?? '' : ''];
        return [name, ...at.map((server) => figureCell(server, figure))];
    });
    const title = single ? '' : el('p', {class: 'quiet'}, `${capital(figure.axis(scenario.points[0]))}.`);
    return el('div', {}, title, tableOf(head, rows));
}

function figureCell(server, figure) {
    if (!server) return '–';
    if (server.skipped) return el('td', {class: 'remark'}, `skipped: ${server.skipped}`);
    if (server.failed) return el('td', {class: 'remark failed'}, `failed: ${server.failed}`);
    return isKnown(figure, server) ? valueText(figure, server) : '–';
}

function verdictText(server, point) {
    const verdict = verdictOf(server, point);
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

function showClaims(claims) {
    section('claims', 'Claims about I/O models, tested', el('p', {class: 'says'}, 'The claims are those of the article the project started from (Python I/O multiplexing, 2020).'), el('ul', {class: 'claims'}, ...claims.map(claimElement)));
}

// The monitor's points, as scenarios with one varied value.
function showMonitor({points, active}) {
    section('monitor', 'What does it cost to find the ready descriptors?',
        ...[monitorFigure('descriptors', points, 'us', 'µs', 'CPU time per wait and read if one descriptor is ready, µs',
            ({descriptors}) => counted(descriptors, 'descriptor')),
        monitorFigure('active', active, 'ns_an_event', 'ns', 'CPU time of a wait per ready descriptor, ns',
            ({descriptors, share}) => `${number(share * 100)} % of ${counted(descriptors, 'descriptor')} ready`)]);
}

function monitorFigure(varied, points, key, unit, axis, label) {
    if (!points?.length) return '';
    const figure = {
        rankedBy: key, name: 'Waiting', best: 'is cheapest', axis: () => axis, value: (mechanism) => mechanism[key], interval: intervalOf,
        text: (value) => `${number(value)} ${unit}`,
    };
    const scenario = {
        varies: [varied], points: points.map((point) => ({
            at: {descriptors: point.descriptors, active: point.share}, label: label(point),
            rankings: point.ranking ? [{...point.ranking, figure: key}] : [],
            servers: point.mechanisms.map((mechanism) => ({...mechanism, title: mechanism.name, skipped: mechanism.not_measured})),
        })),
    };
    for (const {title, rows} of seriesIn(scenario)) looks.add(title, rows.find((row) => row));
    const holder = el('div', {class: 'figure'});
    showByFigure(holder, scenario, [figure]);
    return holder;
}

function showEnvironment() {
    const rows = [...Object.entries(results.environment ?? {}), ...Object.entries(results.options ?? {})];
    section('environment', 'Environment', el('dl', {class: 'environment'}, ...rows.map(([key, value]) =>
        el('div', {}, el('dt', {}, key.replaceAll('_', ' ')), el('dd', {}, plainText(value))))));
}

function plainText(value) {
    if (Array.isArray(value)) return value.map(plainText).join(', ');
    if (value !== null && typeof value === 'object')
        return Object.entries(value).map(([key, part]) => `${key.replaceAll('_', ' ')}: ${plainText(part)}`).join(', ');
    return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

function recolour() {
    redrawCharts();
    recolourSwatches(looks);
}

// For printing, opens all tables and uses the light colours.
function preparePaper() {
    document.documentElement.dataset.theme = 'light';
    for (const element of document.querySelectorAll('details:not([open])')) {
        element.open = true;
        element.dataset.opened = '';
    }
    recolour();
}

function leavePaper() {
    delete document.documentElement.dataset.theme;
    for (const element of document.querySelectorAll('details[data-opened]')) {
        element.open = false;
        delete element.dataset.opened;
    }
    recolour();
}

main.replaceChildren();
showHead();
showAnswers();
if (!HAS_CHARTS) main.append(el('p', {class: 'quiet'}, 'This page has no charts, because Chart.js was not found when the program was built. The tables show the same figures.'));
results.scenarios.forEach(showScenario);
section('code', 'The code', el('p', {class: 'says'}, 'Two servers side by side, stage by stage, from the source files that were compiled. System calls are written ::name(…).'), codeView.element);
if (results.claims?.length) showClaims(results.claims);
if (results.monitor) showMonitor(results.monitor);
showEnvironment();
if (!HAS_CHARTS) for (const element of document.querySelectorAll('.figure details')) element.open = true;
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour);
addEventListener('beforeprint', preparePaper);
addEventListener('afterprint', leavePaper);
document.documentElement.dataset.drawn = '';
