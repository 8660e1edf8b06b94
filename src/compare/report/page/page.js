// The page, from the results that are in it.

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

// What was found at a place, and the way to its chart; or what to ask where nothing was.
function whyOf({chart, point, text, command}) {
    if (command) return el('dd', {class: 'why'}, 'To be had by ', el('code', {}, command));
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

// What is the same at all of its points.
function conditions(scenario) {
    const same = (key) => {
        const values = new Set(scenario.points.map((point) => point.work[key]));
        return values.size === 1 ? [...values][0] : undefined;
    };
    const told = (key, text) => (same(key) === undefined ? '' : text(same(key)));
    const parts = [
        told('connections', (count) => (same('datagrams') ? counted(count, 'socket') : counted(count, 'connection'))),
        told('size', (size) => `${bytesText(size)} a message`),
        told('depth', (depth) => (depth === 1 ? 'one message at a time' : `${number(depth)} messages at a time`)),
        told('rate', (rate) => `${number(rate)} messages a second`), told('handling', (handling) => handling && `handler: ${handling}`),
        same('churn') ? 'a connection for each message' : '', told('seconds', (seconds) => `${number(seconds)} s a round`),
        scenario.server_cores?.length ? `server on ${plural(scenario.server_cores, 'core')}` : '',
        scenario.load_cores?.length ? `load on ${plural(scenario.load_cores, 'core')}` : '',
        scenario.interrupts_charged ? 'interrupts on the server\'s core counted as its own' : '',
    ];
    return `Work: ${parts.filter((part) => part).join('; ')}.`;
}

// One chart and one table, of the figure that is chosen.
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
    holder.append(says, choiceOf(figures, show), drawing, notes, details('The same as a table', table));
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

// Bars of several parts, at the point that is chosen.
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
        stackedChart(drawing, servers, parts, figure.axis(), figure.text, says.textContent);
        table.replaceChildren(tableOf(['server', figure.axis(), ...parts.map((part) => part.name)], servers.map((server) =>
            [serverCell(server), figure.text(figure.value(server)), ...parts.map((part) => figure.text(part.of(server)))])));
    };
    holder.append(says, pointChoice(points, show, points.length - 1), drawing, figure === FIGURES.system_calls ? callsNote(points) : socketNote(points),
        details('The same as a table', table, points.length > 1 ? figureTable(scenario, figure) : '', skippedNotes(scenario)));
    show(points.at(-1));
}

function pointChoice(points, show, chosen = 0) {
    if (points.length < 2) return '';
    const select = el('select', {onchange: () => show(points[select.selectedIndex])},
        ...points.map((point, i) => el('option', {selected: i === chosen}, labelOf(point))));
    return el('p', {}, el('label', {}, 'Shown: ', select));
}

function callsNote(points) {
    const sources = new Set(points.flatMap((point) => point.servers.map((server) => server.system_calls?.source)));
    const known = [...sources].filter((source) => source);
    return known.length === 0 ? '' : el('p', {class: 'quiet'}, `Counted by ${listed(known)}.`);
}

function socketNote(points) {
    const known = points.flatMap((point) => point.servers).find((server) => server.idle_connection?.socket_bytes);
    return known ? el('p', {class: 'quiet'}, 'The kernel\'s socket comes on top: at the server\'s end ' +
        `${FIGURES.memory.text(known.idle_connection.socket_bytes / 1024)} a connection.`) : '';
}

const memoryParts = () => [
    {name: 'its own', of: (server) => server.idle_connection.bytes / 1024},
    {name: 'the kernel\'s stack of its thread', of: (server) => (server.idle_connection.kernel_stack_bytes ?? 0) / 1024},
];

// The most frequent by name, as many as can be told apart; the rest as one.
function callParts(servers) {
    const totals = new Map();
    for (const server of servers)
        for (const [call, count] of Object.entries(server.system_calls.a_message)) totals.set(call, (totals.get(call) ?? 0) + count);
    const names = [...totals].filter(([, count]) => count >= 0.005).sort((one, other) => other[1] - one[1]).map(([call]) => call);
    const shown = names.length <= PARTS ? names : names.slice(0, PARTS - 1);
    const parts = shown.map((call) => ({name: call, of: (server) => server.system_calls.a_message[call] ?? 0}));
    const rest = (server) => Math.max(0, callsOf(server) - parts.reduce((sum, part) => sum + part.of(server), 0));
    return servers.some((server) => rest(server) > 0.005) ? [...parts, {name: 'others', of: rest}] : parts;
}

// Who is cheapest, for each pair of numbers.
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
        el('p', {class: 'quiet'}, 'The cheapest in CPU a message, against the base. “Like”: whose ranges overlap with its own.'),
        details('All servers as a table', figureTable(scenario, FIGURES.ratio)));
}

function crossoverCell(point, winners) {
    const {best, alike} = point ? bestOf(point, FIGURES.ratio) : {};
    if (!best) return el('td', {}, '–');
    const names = alike.length > 2 ? `${alike.length} others` : listed(alike.map((server) => server.title));
    return el('td', {style: `--cell:var(--series-${winners.indexOf(best.title) % COLOURS})`},
        el('b', {}, best.title), el('span', {}, valueText(FIGURES.ratio, best)), names ? el('span', {}, `like ${names}`) : '');
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
    holder.append(el('h3', {}, 'How long a message takes'), says, pointChoice(points, show), drawing, details('The same as a table', table));
    show(points[0]);
}

const servedIn = (point) => point.servers.filter((server) => server.latency_at_share_us?.length > 1);
const longestOf = (server, share) => server.latency_at_share_us.find(([at]) => at === share)?.[1];

function percentileSentence(point) {
    const servers = servedIn(point).filter((server) => longestOf(server, 100) !== undefined && !isTheFloor(server))
        .sort((one, other) => longestOf(one, 100) - longestOf(other, 100));
    if (servers.length === 0) return `${capital(labelOf(point))}: too few messages for the slowest hundredth.`;
    const text = (server) => `${server.title} (${number(longestOf(server, 100))} µs)`;
    return `${capital(labelOf(point))}: the slowest hundredth of messages waits least for ${text(servers[0])}` +
        (servers.length > 1 ? ` and longest for ${text(servers.at(-1))}.` : '.');
}

function percentileTable(point) {
    const servers = servedIn(point);
    const shares = [...new Set(servers.flatMap((server) => server.latency_at_share_us.map(([share]) => share)))].sort((a, b) => a - b);
    return tableOf(['faster, µs', ...shares.map(percentileText)], servers.map((server) =>
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

// A server's name, and the way to its code.
function serverCell(server) {
    if (!codeView.has(server)) return server.title;
    return el('a', {href: '#code', title: 'to its code', onclick: () => codeView.choose(server)}, server.title);
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

const VERDICTS = {less: 'cheaper', more: 'costlier'};

function verdictText(server, point) {
    if (server.title === point.baseline) return 'the base';
    const ratio = server.medians?.ratio;
    if (!ratio) return '';
    return `${VERDICTS[ratio.verdict] ?? ratio.verdict}${ratio.p === undefined ? '' : `, p = ${number(ratio.p)}`}`;
}

// Whom no chart shows.
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
    section('claims', 'What is often said, and what was measured', el('ul', {class: 'claims'}, ...claims.map(claimElement)));
}

// As scenarios with one number varied, so that they are drawn like these.
function showMonitor({points, active}) {
    section('monitor', 'What does it cost to find who is ready?',
        ...[monitorFigure('descriptors', points, 'us', 'µs', 'one of them is ready: CPU time of a wait and a read, µs',
            ({descriptors}) => counted(descriptors, 'descriptor')),
        monitorFigure('active', active, 'ns_an_event', 'ns', 'CPU time of a wait for each that is ready, ns',
            ({descriptors, share}) => `${number(share * 100)} % of ${counted(descriptors, 'descriptor')} ready`)]);
}

function monitorFigure(varied, points, key, unit, axis, label) {
    if (!points?.length) return '';
    const figure = {
        name: 'Waiting', best: 'is cheapest', axis: () => axis, value: (mechanism) => mechanism[key], interval: intervalOf,
        text: (value) => `${number(value)} ${unit}`,
    };
    const scenario = {
        varies: [varied], points: points.map((point) => ({
            at: {descriptors: point.descriptors, active: point.share}, label: label(point),
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

// On paper all tables are open, and everything is dark on white.
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
if (!HAS_CHARTS) main.append(el('p', {class: 'quiet'}, 'This page has no charts: Chart.js was not found when the program was built. The tables have the same figures.'));
results.scenarios.forEach(showScenario);
section('code', 'The code', el('p', {class: 'says'}, 'Two servers stage by stage, out of the files that were compiled. A system call is written ::name(…).'), codeView.element);
if (results.claims?.length) showClaims(results.claims);
if (results.monitor) showMonitor(results.monitor);
showEnvironment();
if (!HAS_CHARTS) for (const element of document.querySelectorAll('.figure details')) element.open = true;
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour);
addEventListener('beforeprint', preparePaper);
addEventListener('afterprint', leavePaper);
document.documentElement.dataset.drawn = '';
