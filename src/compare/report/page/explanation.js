// Builds the page from the explanation that is embedded in it.

const results = JSON.parse(document.getElementById('results').textContent);
const titles = results.servers.map(({server}) => server);
const [one, other] = titles;
const isOfAll = results.baseline !== undefined;
const main = document.querySelector('main');

function section(id, title, ...children) {
    document.querySelector('nav').append(el('a', {href: `#${id}`}, title));
    main.append(el('section', {id, class: 'block', 'aria-labelledby': `${id}-title`}, el('h2', {id: `${id}-title`}, title),
        ...children));
}

function showHead() {
    const title = isOfAll ? `Why servers cost more or less than ${results.baseline}`
        : titles.length > 2 ? 'Where the CPU time of a message goes'
        : other === undefined ? `Where the CPU time of ${one} goes` : `Why ${other} and ${one} differ`;
    document.title = document.querySelector('h1').textContent = title;
    const {kernel, cpu} = results.environment ?? {};
    document.getElementById('measured').textContent = [results.work.text, kernel, cpu, `${results.sampled_sessions} sessions with samples`]
        .filter((part) => part).join(' · ');
}

function showSummary() {
    section('in-brief', 'In brief', ...results.summary.map((sentence) => el('p', {class: 'summary'}, sentence)),
        ...results.warnings.map((warning) => el('p', {class: 'warning'}, `Warning: ${warning}.`)));
}

const countText = (count) => (count === undefined || count === null ? 'unknown' : number(count));

function hardwareText() {
    if (results.no_hardware_counts) return `Hardware counters: not measured: ${results.no_hardware_counts}.`;
    return `Hardware counters, per message: ${results.servers.map(({server, hardware}) =>
        `${server}: ${countText(hardware.cycles)} cycles, ${countText(hardware.instructions)} instructions, ${
            countText(hardware.cache_misses)} cache misses, ${countText(hardware.branch_misses)} branch misses`).join('; ')}.`;
}

function colourKey() {
    const keys = titles.length === 2 ? [['more-3', `costs more in ${other}`], ['less-3', `costs less in ${other}`], ['same', 'about the same'],
        ['only', `dashed: in one only (− ${one}, + ${other})`]] :
        [['of-kernel', 'the kernel'], ['of-program', 'the server'], ['of-library', 'a library'], ['same', 'unknown']];
    return el('p', {class: 'colours'}, ...keys.map(([colour, text]) => el('span', {}, el('span', {class: `key ${colour}`}), text)));
}

// The part of the code view that shows the function of a frame.
function placeInCode(name, servers) {
    const [, program, path] = /^iomux::(raw|asio)::(.*)$/.exec(name) ?? [];
    if (program === undefined) return undefined;
    for (const server of servers.filter((server) => server && server.program === program)) {
        const part = Object.values(server.stages).flat().find((part) => part.function === path.split('::').at(-1));
        if (part) return {server, part};
    }
    return undefined;
}

// Where a function of ours is defined that the code view does not show.
function placeOutside(name) {
    if (!name.startsWith('iomux::')) return undefined;
    const known = [shortened(name), name.split('::').at(-1)].find((one) => Object.hasOwn(places, one));
    return known && places[known];
}

// The part of the code view that shows a line.
function placeOfLine({file, line}, servers) {
    for (const server of servers.filter((server) => server)) {
        const part = Object.values(server.stages).flat().find((part) =>
            part.file === file && part.line <= line && line < part.line + part.html.split('\n').length);
        if (part) return {server, part, line};
    }
    return undefined;
}

// Without a line, shows where the function begins.
function showCode({server, part, line}) {
    const {select} = codeView.choices[codeSides.indexOf(server)];
    select.value = fullName(server);
    codeView.show();
    const caption = [...codeView.body.querySelectorAll('figcaption')]
        .find((element) => element.textContent === `${part.file}, line ${part.line}`);
    const sought = line === undefined ? caption : caption.parentElement.querySelectorAll('.line')[line - part.line];
    sought.tabIndex = -1;
    sought.focus();
    sought.scrollIntoView({block: 'center'});
}

const MOST_LINES = 3;

// Buttons that show the lines in which a function takes most. Lines that the code view does not show are only named.
function linesText({lines = []}) {
    return lines.slice(0, MOST_LINES).map(({file, line, us: costs}) => {
        const place = placeOfLine({file, line}, codeSides);
        const text = `${file}, line ${line}`;
        return el('p', {}, place ? el('button', {type: 'button', onclick: () => showCode(place)}, `Show ${text}`) : text,
            `: ${costsText(costs, titles)}`);
    });
}

const WHERE = {kernel: 'a function of the kernel', program: 'a function of the server', library: 'a function of a library',
    nowhere: 'code that belongs to no file', all: 'all samples'};

function describeIn(detail, node) {
    const lines = linesText(node);
    const place = lines.length === 0 ? placeInCode(node.name, codeSides) : undefined;
    const code = place && el('button', {type: 'button', onclick: () => showCode(place)}, `Show ${place.part.file}, line ${place.part.line}`);
    const outside = place ? undefined : placeOutside(node.name);
    detail.replaceChildren(el('p', {}, el('b', {}, node.name), `, ${WHERE[node.in]}`, outside ? `, in ${outside}` : ''),
        el('p', {}, `With all that it calls: ${costsText(node.us, titles)}.`), el('p', {}, `Alone: ${costsText(node.own, titles)}.`),
        ...lines, ...(code ? [code] : []));
}

function showStacks() {
    const detail = el('div', {class: 'detail'});
    const graph = new FlameGraph(treeOf(results), titles, (node) => describeIn(detail, node));
    const found = el('output', {});
    const search = el('input', {type: 'search', oninput: () => {
        const costs = graph.search(search.value);
        found.textContent = search.value === '' ? '' : `found: ${costsText(costs, titles)}`;
    }});
    section('stacks', 'Stacks', el('p', {class: 'lead'}, `A function stands below its caller, and its width is its CPU time per message${
        titles.length === 2 ? ', the larger of the two' : ''}. Select one to zoom in, or one above to zoom out. Keys: arrows move, Enter zooms, Escape shows all. A caller is missing if a library keeps no frame pointer.`),
    el('div', {class: 'tools'}, el('label', {}, 'Search functions', search),
        el('button', {type: 'button', onclick: () => graph.zoom(graph.tree)}, 'Show all'), found),
    colourKey(), graph.element, detail);
    describeIn(detail, graph.tree);
}

const code = JSON.parse(document.getElementById('code-of-servers').textContent);
const places = JSON.parse(document.getElementById('places').textContent);
const codeSides = results.servers.map((server) => code.find((one) => fullName(one) === codeName(server)));
const codeView = new CodeView(code, {scenarios: []}, isOfAll ? TWO_SIDES : ['Left', 'Right'].map((label, i) =>
    ({label, initial: codeSides[i] ? fullName(codeSides[i]) : ''})));

main.replaceChildren();
showHead();
showSummary();
if (isOfAll) {
    section('servers', 'Servers', ...tableOfAll(results));
    section('parts', 'Parts of each server', ...partsOfEach(results));
} else if (results.parts.length > 0) {
    if (other !== undefined) section('waterfall', `From ${one} to ${other}`, ...waterfall(titles, results.parts));
    section('parts', 'Parts', partsTable(titles, results.parts, results.sampled_difference), el('p', {class: 'quiet'}, titles.length === 2 ?
        '[ ]: 95 % confidence interval. ?: the difference is not statistically significant after correcting for the number of parts.' :
        'A part is a layer of code, and the stage of the server that it works for.'), el('p', {class: 'quiet'}, hardwareText()));
    showStacks();
}
section('code', 'The code', el('p', {class: 'lead'}, 'The servers stage by stage, from the source files that were compiled. System calls are written ::name(…).'), codeView.element);
document.documentElement.dataset.drawn = '';
