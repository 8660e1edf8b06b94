// The view Kept: every run that the service knows of, stored ones among them.
import {el, guarded, headRow, when, wide} from './kit.js';
import {hashOf, loadText, resultLinks, stateName, whatOf} from './runs.js';

export function mount(root, app) {
    const place = el('div');
    root.append(el('h2', {}, 'Kept runs'), el('p', {class: 'says'},
        'Runs and their results stay on this machine’s disk, whether the page is open or not. A run’s address can be sent and kept.'), place);
    const list = () => guarded(app, async () => {
        const {runs} = await app.get('/api/runs');
        place.replaceChildren(runs.length > 0 ? tableOf(runs) : nothing());
    });
    let shown = false;
    app.onRunChange((run) => { if (shown && !run) list(); });
    return {
        show() {
            shown = true;
            return list();
        },
        hide() { shown = false; },
    };
}

function nothing() {
    return el('p', {class: 'empty'}, 'There are none yet. ', el('a', {href: '#run'}, 'Start a run'), ', and it is kept here.');
}

function tableOf(runs) {
    return wide('Kept runs', el('table', {class: 'kept'}, el('caption', {}, 'The newest first, a hundred at most'),
        headRow('asked for', 'servers', 'load', 'state', 'results'), el('tbody', {}, ...runs.map(rowOf))));
}

function rowOf(run) {
    return el('tr', {}, el('th', {scope: 'row'}, el('a', {href: hashOf(run)}, when(run.created))),
        el('td', {class: 'long'}, whatOf(run)), el('td', {class: 'long'}, loadText(run.request)), el('td', {}, stateName(run)),
        el('td', {}, el('span', {class: 'links'}, ...resultLinks(run))));
}
