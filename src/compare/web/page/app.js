// The page's frame: one document, its views switched by the hash: `#run/ID`, `#see/ID`, `#learn/MODEL`.
//
// A view's file exports `mount(root, app)`, called when it is first shown; what that returns has `show(words)`, the
// hash's words behind the view's name, of which what goes wrong is told here, and perhaps `hide()`.
import {el, isOver} from './kit.js';
import {hashOf} from './runs.js';
import {ask, follow, takeToken} from './service.js';

const VIEWS = ['run', 'read', 'see', 'learn', 'kept'];
const LOOK_AGAIN_MS = 5000;

const $ = (id) => document.getElementById(id);

const mounted = new Map();  // promises of views, by their names
const runListeners = new Set();
let shown = null;    // the view's name
let current = null;  // the run that goes on
let stopFollowing = () => {};
let servers = null;

// What the views know of the page.
const app = {
    get: (path) => ask('GET', path),
    remove: (path) => ask('DELETE', path),
    async post(path, body) {
        const answer = await ask('POST', path, body);
        if (path === '/api/runs') lookForRun();
        return answer;
    },
    // GET /api/servers, asked once.
    servers() {
        servers ??= app.get('/api/servers').catch((error) => {
            servers = null;
            throw error;
        });
        return servers;
    },
    follow,
    // The run that goes on, as GET /api/runs/{id} tells it, or null.
    currentRun: () => current,
    // Calls `listener` with it now and with every change; returns a function that ends that.
    onRunChange(listener) {
        runListeners.add(listener);
        listener(current);
        return () => runListeners.delete(listener);
    },
    // What went wrong, and what to do next. Empty: nothing.
    notice(text, hint = '') {
        $('notice').replaceChildren(...(text ? [el('p', {}, el('strong', {}, `${text}.`), hint ? ` ${next(hint)}` : '')] : []));
        $('notice').hidden = !text;
    },
    go(hash) {
        location.hash = hash;
    },
};

const next = (hint) => `${hint[0].toUpperCase()}${hint.slice(1)}${/[.!?]$/.test(hint) ? '' : '.'}`;

function tellRun(run) {
    current = run && !isOver(run) ? run : null;
    tellGoing();
    for (const listener of [...runListeners]) listener(current);
    if (run && isOver(run)) {
        stopFollowing();
        lookForRun();
    }
}

// Written where it is another, for it is read aloud.
function tellGoing() {
    const text = !current ? '' : current.state === 'queued' ? 'A run waits' : 'A run goes on';
    if ($('going').textContent !== text) $('going').replaceChildren(...(text ? [el('a', {href: hashOf(current)}, text)] : []));
    if (text) $('going').firstChild.setAttribute('href', hashOf(current));
}

// Another page may have started it.
async function lookForRun() {
    if (current || document.hidden) return;
    try {
        const {runs} = await app.get('/api/runs');
        const going = runs.find((run) => run.state === 'running') ?? runs.findLast((run) => run.state === 'queued');
        if (!going || current) return;
        current = going;
        stopFollowing = follow(going.id, tellRun);
    } catch {
        // Whoever asks for something next is told.
    }
}

// Once, however often it is asked for while it loads; again after a failure.
async function mount(name) {
    if (!mounted.has(name)) mounted.set(name, import(`./${name}.js`).then((view) => view.mount($(name), app)));
    try {
        return await mounted.get(name);
    } catch (error) {
        mounted.delete(name);
        throw error;
    }
}

// As it is where it is no text.
function decoded(word) {
    try {
        return decodeURIComponent(word);
    } catch {
        return word;
    }
}

// The link of a service that was started again may be given to a page that is open.
async function route() {
    takeToken();
    const [asked, ...words] = location.hash.slice(1).split('/').map(decoded);
    if (asked === 'content') return;  // the link that skips to it
    const name = VIEWS.includes(asked) ? asked : VIEWS[0];
    // Where it failed to load, that has been told.
    if (shown !== name) mounted.get(shown)?.then((view) => view.hide?.(), () => {});
    app.notice('');
    shown = name;
    for (const view of VIEWS) $(view).hidden = view !== name;
    for (const link of document.querySelectorAll('nav a[data-view]'))
        if (link.dataset.view === name) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
    try {
        await (await mount(name)).show(words);
    } catch (error) {
        app.notice(error.message, error.hint ?? 'Load the page again');
    }
}

addEventListener('hashchange', route);
document.addEventListener('visibilitychange', lookForRun);
setInterval(lookForRun, LOOK_AGAIN_MS);
await Promise.all([route(), lookForRun()]);
