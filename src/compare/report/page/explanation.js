// Builds the page from the explanation that is embedded in it.

const results = JSON.parse(document.getElementById('results').textContent);
const titles = results.servers.map(({server}) => server);
const [one, other] = titles;
const main = document.querySelector('main');

function section(id, title, ...children) {
    document.querySelector('nav').append(el('a', {href: `#${id}`}, title));
    main.append(el('section', {id, class: 'block', 'aria-labelledby': `${id}-title`}, el('h2', {id: `${id}-title`}, title),
        ...children));
}

function showHead() {
    const title = other === undefined ? `Where the CPU time of ${one} goes` : `Why ${other} and ${one} differ`;
    document.title = document.querySelector('h1').textContent = title;
    const {kernel, cpu} = results.environment ?? {};
    document.getElementById('measured').textContent = [results.work.text, kernel, cpu, `${results.sampled_sessions} sessions with samples`]
        .filter((part) => part).join(' · ');
}

function showSummary() {
    section('in-brief', 'In brief', ...results.summary.map((sentence) => el('p', {class: 'summary'}, sentence)),
        ...results.warnings.map((warning) => el('p', {class: 'warning'}, `Warning: ${warning}.`)));
}

const partName = ({layer, stage}) => (stage === 'other' ? layer : `${layer}, ${stage}`);
const sumOf = (values) => values.reduce((sum, value) => sum + value, 0);

// The steps from one server's cost to the other's: what each part adds or saves.
function stepsOf({parts}) {
    const told = parts.filter((part) => part.told_apart);
    const rest = parts.filter((part) => !part.told_apart);
    const differences = (some) => sumOf(some.map((part) => part.us[1] - part.us[0]));
    const steps = told.map((part) => ({name: partName(part), us: differences([part])}));
    if (rest.length > 0)
        steps.push({name: `${rest.length === 1 ? '1 part that is' : `${rest.length} parts that are`} not told apart`, us: differences(rest)});
    return steps;
}

function waterfall() {
    const totals = titles.map((_, i) => sumOf(results.parts.map((part) => part.us[i])));
    const steps = stepsOf(results);
    let at = totals[0];
    const bars = steps.map(({name, us: difference}) => {
        const from = at;
        at += difference;
        return {name, from: Math.min(from, at), to: Math.max(from, at), kind: difference < 0 ? 'less' : 'more', text: signed(difference)};
    });
    // The axis begins near the smallest value, because the differences are small beside the totals.
    const all = [...totals, ...bars.flatMap(({from, to}) => [from, to])];
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const begin = Math.max(0, low - (high - low) * 0.25);
    const row = ({name, from, to, kind, text}) => {
        const bar = el('span', {class: `bar ${kind}`});
        const share = (value) => 100 * (value - begin) / (high - begin || 1);
        Object.assign(bar.style, {left: `${share(from)}%`, width: `${share(to) - share(from)}%`});
        return el('li', {class: kind === 'total' && 'total'}, el('span', {}, name), el('span', {class: 'track', 'aria-hidden': true}, bar),
            el('span', {class: 'value'}, `${text} µs`));
    };
    const total = (i) => row({name: titles[i], from: begin, to: totals[i], kind: 'total', text: us(totals[i])});
    return [el('p', {class: 'quiet'}, `CPU time per message, from ${one} to ${other}.` +
        (begin > 0 ? ` The bars begin at ${us(begin)} µs, not at 0.` : '')),
    el('ol', {class: 'waterfall'}, total(0), ...bars.map(row), total(1))];
}

function differenceText({difference: estimate, told_apart: told}) {
    if (!estimate) return '';
    const {low_us: low, high_us: high} = estimate;
    const interval = low === undefined || low === null ? '' : ` [${signed(low)} to ${signed(high)}]`;
    return `${signed(estimate.us)}${interval}${told ? '' : ' ?'}`;
}

const MOST_FUNCTIONS = 4;

function functionsText({functions}) {
    return functions.slice(0, MOST_FUNCTIONS).map(({function: name, us: costs}) =>
        `${shortened(name)} ${costs.length === 2 ? signed(costs[1] - costs[0]) : us(costs[0])}`).join(', ');
}

function partsTable() {
    const pair = titles.length === 2;
    const all = titles.map((_, i) => sumOf(results.parts.map((part) => part.us[i])));
    const row = (name, costs, difference, functions) => el('tr', {}, el('th', {scope: 'row'}, name),
        ...costs.map((cost) => el('td', {}, us(cost))),
        el('td', {}, pair ? difference : `${(100 * costs[0] / all[0]).toFixed(1)} %`), el('td', {}, functions));
    const head = ['part', ...titles.map((title) => `${title}, µs`), pair ? 'difference, µs' : 'share', 'most in'];
    return el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of the parts'}, el('table', {class: 'parts'},
        el('thead', {}, el('tr', {}, ...head.map((title) => el('th', {scope: 'col'}, title)))),
        el('tbody', {}, ...results.parts.map((part) => row(partName(part), part.us, differenceText(part), functionsText(part))),
            row('sum', all, pair ? differenceText({difference: results.sampled_difference, told_apart: true}) : '', ''))));
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

function showCode({server, part}) {
    const {select} = codeView.choices[codeSides.indexOf(server)];
    select.value = fullName(server);
    codeView.show();
    const caption = [...codeView.body.querySelectorAll('figcaption')]
        .find((element) => element.textContent === `${part.file}, line ${part.line}`);
    caption.tabIndex = -1;
    caption.focus();
    caption.scrollIntoView({block: 'center'});
}

const WHERE = {kernel: 'a function of the kernel', program: 'a function of the server', library: 'a function of a library',
    nowhere: 'code that belongs to no file', all: 'all samples'};

function describeIn(detail, node) {
    const place = placeInCode(node.name, codeSides);
    const code = place && el('button', {type: 'button', onclick: () => showCode(place)}, `Show ${place.part.file}, line ${place.part.line}`);
    const outside = place ? undefined : placeOutside(node.name);
    detail.replaceChildren(el('p', {}, el('b', {}, node.name), `, ${WHERE[node.in]}`, outside ? `, in ${outside}` : ''),
        el('p', {}, `With all that it calls: ${costsText(node.us, titles)}.`), el('p', {}, `Alone: ${costsText(node.own, titles)}.`),
        ...(code ? [code] : []));
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
const codeView = new CodeView(code, {scenarios: []}, ['Left', 'Right'].map((label, i) =>
    ({label, initial: codeSides[i] ? fullName(codeSides[i]) : ''})));

main.replaceChildren();
showHead();
showSummary();
if (results.parts.length > 0) {
    if (other !== undefined) section('waterfall', `From ${one} to ${other}`, ...waterfall());
    section('parts', 'Parts', partsTable(), el('p', {class: 'quiet'}, titles.length === 2 ?
        '[ ]: 95 % confidence interval. ?: the difference is not statistically significant after correcting for the number of parts.' :
        'A part is a layer of code, and the stage of the server that it works for.'), el('p', {class: 'quiet'}, hardwareText()));
    showStacks();
}
section('code', 'The code', el('p', {class: 'lead'}, 'The servers stage by stage, from the source files that were compiled. System calls are written ::name(…).'), codeView.element);
document.documentElement.dataset.drawn = '';
