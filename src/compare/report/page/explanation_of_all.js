// Many servers beside the baseline: a table with a row for each, and the parts of each.

const MOST_PARTS = 3;

const idOf = ({server}) => `parts-of-${server.replaceAll(/[^\w-]+/g, '-')}`;
const hasParts = ({beside_baseline: beside}) => beside?.parts?.length > 0;

function ratioText({ratio}) {
    if (!ratio) return '';
    const interval = ratio.low === undefined ? '' : ` [${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}]`;
    return `${ratio.value.toFixed(2)}${interval}${ratio.verdict === 'not told apart' ? ' ?' : ''}`;
}

// The largest parts that are told apart; then the sum of the others that are, and of those that are not.
function largestParts({parts}) {
    const told = parts.filter((part) => part.told_apart);
    const named = told.slice(0, MOST_PARTS).map((part) => ({name: partName(part), us: part.us[1] - part.us[0]}));
    const more = told.slice(MOST_PARTS);
    if (more.length > 0)
        named.push({name: counted(more.length, 'smaller part'), us: sumOf(more.map((part) => part.us[1] - part.us[0]))});
    return [...named, ...stepsOf(parts.filter((part) => !part.told_apart))];
}

function rowOfAll(server, baseline) {
    const name = el('th', {scope: 'row'}, hasParts(server) ? el('a', {href: `#${idOf(server)}`}, server.server) : server.server);
    const why = server.skipped ? `skipped: ${server.skipped}` : server.failed && `failed: ${server.failed}`;
    if (why) return el('tr', {}, name, el('td', {class: 'remark', colspan: 3}, why));
    const beside = server.beside_baseline;
    return el('tr', {}, name, el('td', {}, server.cost ? us(server.cost.us) : ''),
        el('td', {}, server.server === baseline ? '1' : beside ? ratioText(beside) : ''),
        el('td', {}, ...(hasParts(server) ? largestParts(beside) : []).map((part) => el('div', {}, `${signed(part.us)} ${part.name}`))));
}

function tableOfAll({servers, baseline}) {
    const head = ['server', 'CPU µs per message', 'ratio', `what it adds to ${baseline}, µs`];
    return [el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of the servers'}, el('table', {class: 'parts'},
        el('thead', {}, el('tr', {}, ...head.map((title) => el('th', {scope: 'col'}, title)))),
        el('tbody', {}, ...servers.map((server) => rowOfAll(server, baseline))))),
    el('p', {class: 'quiet'}, `ratio: to the CPU time per message of ${baseline}. [ ]: 95 % confidence interval. ?: not told apart. The parts of a server add up to its whole difference.`)];
}

function partsOfEach({servers, baseline}) {
    return servers.filter(hasParts).map((server) => {
        const {parts, sampled_difference: difference} = server.beside_baseline;
        const both = [baseline, server.server];
        const element = el('details', {id: idOf(server)}, el('summary', {}, server.server), ...waterfall(both, parts),
            partsTable(both, parts, difference));
        // A link to it opens it.
        window.addEventListener('hashchange', () => { if (location.hash === `#${element.id}`) element.open = true; });
        return element;
    });
}
