// The view Saved: all runs of the service, including stored ones.
import {el, guarded, headRow, when, wide} from './kit.js';
import {hashOf, loadText, resultLinks, stateName, whatOf} from './runs.js';

export function mount(root, app) {
    const place = el('div');
    root.append(el('h2', {}, 'Saved runs'), el('p', {class: 'says'},
        'Runs and their results are stored on the disk of this machine. The address of a run can be bookmarked and shared.'), place);
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
    return el('p', {class: 'empty'}, 'No runs yet. ', el('a', {href: '#run'}, 'Start a run'), ' to see it here.');
}

function tableOf(runs) {
    return wide('Saved runs', el('table', {class: 'kept'}, el('caption', {}, 'Newest first, at most 100'),
        headRow('requested', 'servers', 'load', 'state', 'results'), el('tbody', {}, ...runs.map(rowOf))));
}

function rowOf(run) {
    return el('tr', {}, el('th', {scope: 'row'}, el('a', {href: hashOf(run)}, when(run.created))),
        el('td', {class: 'long'}, whatOf(run)), el('td', {class: 'long'}, loadText(run.request)), el('td', {}, stateName(run)),
        el('td', {}, el('span', {class: 'links'}, ...resultLinks(run))));
}
