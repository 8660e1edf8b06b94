// The view Saved: all runs of the service, including stored ones.
import {actionButton, el, formatDate, guarded, headRow, isOver, scrollable} from './kit.js';
import {hashOf, kindOf, loadText, resultLinks, stateName, titleOf} from './runs.js';

export function mount(root, app) {
    const place = el('div');
    root.append(el('h2', {}, 'Saved runs'), el('p', {class: 'lead'},
        'The service stores runs and their results on its disk. You can bookmark or share the address of a run.'), place);
    const list = () => guarded(app, async () => {
        const {runs} = await app.get('/api/runs');
        place.replaceChildren(runs.length > 0 ? tableOf(runs, remove, stop) : nothing());
    });
    const stop = (run) => actionButton(app, {}, 'Stop', () => app.remove(`/api/runs/${run.id}`));
    const remove = (run) => actionButton(app, {}, 'Delete', async () => {
        await app.remove(`/api/runs/${run.id}`);
        await list();
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

function tableOf(runs, remove, stop) {
    return scrollable('Saved runs', el('table', {class: 'saved'}, el('caption', {}, 'Newest first, at most 100'),
        headRow('requested', 'state', 'results', 'servers', 'load'), el('tbody', {}, ...runs.map((run) => (run.state === 'unreadable' ? unreadableRow(run, remove) : rowOf(run, stop))))));
}

// A file that is not named after a run cannot be deleted here.
function unreadableRow(run, remove) {
    return el('tr', {}, el('th', {scope: 'row'}, run.created ? el('a', {href: hashOf(run)}, formatDate(run.created)) : '–'),
        el('td', {}, stateName(run)), el('td', {}, run.created ? remove(run) : ''), el('td', {class: 'long', colspan: 2}, run.error));
}

function rowOf(run, stop) {
    // Other runs have a button in the view that shows them.
    const stops = kindOf(run) === 'explanation' && !isOver(run) ? [stop(run)] : [];
    return el('tr', {}, el('th', {scope: 'row'}, el('a', {href: hashOf(run)}, formatDate(run.created))),
        el('td', {}, stateName(run)), el('td', {}, el('span', {class: 'links'}, ...stops, ...resultLinks(run))),
        el('td', {class: 'long'}, titleOf(run)), el('td', {class: 'long'}, loadText(run.request)));
}
