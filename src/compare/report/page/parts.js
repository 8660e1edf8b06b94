// The parts of a message's cost, of one server or of two.

const partName = ({layer, stage}) => (stage === 'other' ? layer : `${layer}, ${stage}`);
const sumOf = (values) => values.reduce((sum, value) => sum + value, 0);

// The steps from one server's cost to the other's: what each part adds or saves.
function stepsOf(parts) {
    const told = parts.filter((part) => part.told_apart);
    const rest = parts.filter((part) => !part.told_apart);
    const differences = (some) => sumOf(some.map((part) => part.us[1] - part.us[0]));
    const steps = told.map((part) => ({name: partName(part), us: differences([part])}));
    if (rest.length > 0)
        steps.push({name: `${rest.length === 1 ? '1 part that is' : `${rest.length} parts that are`} not told apart`, us: differences(rest)});
    return steps;
}

// From the first server's cost to the second's.
function waterfall(titles, parts) {
    const totals = titles.map((_, i) => sumOf(parts.map((part) => part.us[i])));
    const steps = stepsOf(parts);
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
    return [el('p', {class: 'quiet'}, `CPU time per message, from ${titles[0]} to ${titles[1]}.` +
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

// `difference`: of two servers, that of all parts together.
function partsTable(titles, parts, difference) {
    const pair = titles.length === 2;
    const all = titles.map((_, i) => sumOf(parts.map((part) => part.us[i])));
    const row = (name, costs, more, functions) => el('tr', {}, el('th', {scope: 'row'}, name),
        ...costs.map((cost) => el('td', {}, us(cost))),
        el('td', {}, pair ? more : `${(100 * costs[0] / all[0]).toFixed(1)} %`), el('td', {}, functions));
    const head = ['part', ...titles.map((title) => `${title}, µs`), pair ? 'difference, µs' : 'share', 'most in'];
    return el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Table of the parts: ${titles.join(', ')}`}, el('table', {class: 'parts'},
        el('thead', {}, el('tr', {}, ...head.map((title) => el('th', {scope: 'col'}, title)))),
        el('tbody', {}, ...parts.map((part) => row(partName(part), part.us, differenceText(part), functionsText(part))),
            row('sum', all, pair ? differenceText({difference, told_apart: true}) : '', ''))));
}
