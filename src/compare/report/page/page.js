// Builds the page from the results that are embedded in it.

const results = JSON.parse(document.getElementById('results').textContent);
const styles = new ServerStyles(results);
const codeView = new CodeView(JSON.parse(document.getElementById('code-of-servers').textContent), results);
const main = document.querySelector('main');

const SHORT_TITLES = {'in-brief': 'In brief', syscalls: 'System calls', udp: 'UDP'};

function section(id, title, ...children) {
    document.querySelector('nav').append(el('a', {href: `#${id}`}, SHORT_TITLES[id] ?? capitalised(id.replaceAll('_', ' '))));
    main.append(el('section', {id, class: 'block', 'aria-labelledby': `${id}-title`}, el('h2', {id: `${id}-title`}, title),
        ...children));
}

function showHead() {
    const {kernel, cpu} = results.environment ?? {};
    const when = results.created && new Date(results.created);
    const date = when && new Intl.DateTimeFormat('en-GB', {dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC'}).format(when);
    const rounds = roundsText(results);
    if (date) document.title += ` · ${date} UTC`;
    // A saved copy of a report has no service beside it.
    if (results.service_path && location.protocol.startsWith('http'))
        document.querySelector('.program').append(' · ', el('a', {href: results.service_path}, 'Back to this run in the service'));
    document.getElementById('measured').textContent = [date && `Measured ${date} UTC`, kernel, cpu,
        rounds].filter((part) => part).join(' · ');
}

function showAnswers() {
    const found = results.brief.filter(({answer}) => answer);
    const answers = found.map(({question, answer, why}) =>
        el('div', {}, el('dt', {}, question), el('dd', {class: 'answer'}, answer), ...why.map(whyOf)));
    section('in-brief', 'In brief', ...(answers.length > 0 ? [
        el('p', {class: 'lead'}, `The cheapest server takes the least CPU time per message. ${comparedText(found)}`), el('dl', {class: 'answers'}, ...answers),
        el('p', {class: 'quiet'}, `${SURENESS} ${unrankedText(results)}`)] : []),
    ...warnings(), ...notMeasured(results.brief.filter(({answer}) => !answer)), el('p', {class: 'quiet'}, certainty(results)));
}

// The servers that the answers are about.
function comparedText(answers) {
    const names = new Set(answers.flatMap(({why}) => why.map(({scenario}) => scenario)));
    const compared = new Map();
    for (const scenario of results.scenarios.filter(({name}) => names.has(name)))
        for (const {title, rows} of seriesIn(scenario)) compared.set(title, title === 'minimal' ? 'minimal (a bare epoll loop)' : shownTitle(title, rows.find((row) => row)));
    return `Compared: ${listed([...compared.values()])}.`;
}

// The questions that these results do not answer, and the commands that measure them.
function notMeasured(questions) {
    if (questions.length === 0) return [];
    return [el('details', {class: 'not-measured', open: questions.length === results.brief.length},
        el('summary', {}, `Not measured here: ${counted(questions.length, 'question')}`),
        el('ul', {}, ...questions.map(({question, command}) => el('li', {}, `${question}: `, el('code', {}, command)))))];
}

// What the check of the machine before the measurement found, if anything.
function warnings() {
    const doubts = results.environment?.machine_check?.doubts ?? [];
    return doubts.length === 0 ? [] : [el('p', {class: 'warning'},
        `Warning: results are less certain, because ${doubts.join('; ')}.`)];
}

// The evidence for an answer, with a link to its chart.
function whyOf({scenario, point: label, load, text, strength, sure}) {
    const {points} = results.scenarios.find(({name}) => name === scenario);
    const point = points.find((one) => one.label === label);
    return el('dd', {class: 'why'}, strengthMark(strength, sure), sure ? ' ' : '', el('a', {href: `#${scenario}`}, capitalised(load || labelOf(point))), `: ${text}.`);
}

function showClaims(claims) {
    section('claims', 'Claims about I/O models, tested', el('p', {class: 'lead'}, 'The article the project started from (Python I/O multiplexing, 2020) explains blocking, non-blocking and multiplexed I/O, and shows small servers on select and epoll. It makes these claims. An experiment tests each of them.'), el('ul', {class: 'claims'}, ...claims.map(claimElement)));
}

// The monitor's points, as scenarios with one varied value.
function showMonitor({points, active}) {
    section('monitor', 'What does it cost to find the ready descriptors?',
        ...[monitorFigure('descriptors', points, 'us', 'µs', 'CPU time per wait and read if one descriptor is ready, µs',
            ({descriptors}) => counted(descriptors, 'descriptor')),
        monitorFigure('active', active, 'ns_per_event', 'ns', 'CPU time of a wait per ready descriptor, ns',
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
    for (const {title, rows} of seriesIn(scenario)) styles.add(title, rows.find((row) => row));
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
    recolourSwatches(styles);
}

// For printing, opens all tables and uses the light colours.
function prepareForPrint() {
    document.documentElement.dataset.theme = 'light';
    for (const element of document.querySelectorAll('details:not([open])')) {
        element.open = true;
        element.dataset.opened = '';
    }
    recolour();
}

function returnFromPrint() {
    delete document.documentElement.dataset.theme;
    for (const element of document.querySelectorAll('details[data-opened]')) {
        element.open = false;
        delete element.dataset.opened;
    }
    recolour();
}

// Marks the section that is at the top of the window.
function markCurrentSection() {
    const top = document.querySelector('nav').getBoundingClientRect().bottom;
    const current = [...main.children].findLast((section) => section.id && section.getBoundingClientRect().top <= top + innerHeight / 4);
    for (const link of document.querySelectorAll('nav a'))
        if (link.hash === `#${current?.id}`) link.setAttribute('aria-current', 'true');
        else link.removeAttribute('aria-current');
}

main.replaceChildren();
showHead();
showAnswers();
if (!HAS_CHARTS) main.append(el('p', {class: 'quiet'}, 'This page has no charts, because Chart.js was not found when the program was built. The tables show the same figures.'));
results.scenarios.forEach(showScenario);
section('code', 'The code', el('p', {class: 'lead'}, 'Two servers side by side, stage by stage, from the source files that were compiled. System calls are written ::name(…).'), codeView.element);
if (results.claims?.length) showClaims(results.claims);
if (results.monitor) showMonitor(results.monitor);
showEnvironment();
if (!HAS_CHARTS) for (const element of document.querySelectorAll('.figure details')) element.open = true;
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour);
addEventListener('scroll', markCurrentSection, {passive: true});
addEventListener('resize', markCurrentSection);
markCurrentSection();
addEventListener('beforeprint', prepareForPrint);
addEventListener('afterprint', returnFromPrint);
document.documentElement.dataset.drawn = '';
