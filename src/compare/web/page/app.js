// The frame of the page. The hash selects the view: `#run/ID`, `#see/ID`, `#learn/MODEL`, `#model/LOAD`.
//
// A view's file exports `mount(root, app)`, which is called when the view is first shown. It returns an object with
// `show(words)` and optionally `hide()` and `title()`, which names what is shown. `words` are the parts of the hash after
// the view's name. Errors of `show` are displayed here.
import {el, isOver} from './kit.js';
import {hashOf} from './runs.js';
import {follow, lookForService, onReachable, request, takeToken} from './service.js';

const VIEWS = {run: 'Run', read: 'Read', see: 'See', learn: 'Learn', model: 'Choose', saved: 'Saved'};
const POLL_MS = 5000;
// A page that follows a run notices the end of the service by its lost connection, other pages by these requests.
const LOOK_MS = 2000;

const $ = (id) => document.getElementById(id);
const notice = $('notice');  // it is moved to where an error was caused, and may be removed with that place
let isNoticeFollowed = false;

const mounted = new Map();  // promises of views, by name
const runListeners = new Set();
let shown = null;    // name of the shown view
let shownView = null;
let current = null;  // the active or queued run
let stopFollowing = () => {};
let servers = null;

// What the views use of the page.
const app = {
    get: (path) => request('GET', path),
    remove: (path) => request('DELETE', path),
    patch: (path, body) => request('PATCH', path, body),
    async post(path, body) {
        const answer = await request('POST', path, body);
        if (path === '/api/runs') lookForRun();
        return answer;
    },
    // GET /api/servers, requested once.
    servers() {
        servers ??= app.get('/api/servers').catch((error) => {
            servers = null;
            throw error;
        });
        return servers;
    },
    follow,
    // The active or queued run, as GET /api/runs/{id} returns it, or null.
    currentRun: () => current,
    // Calls `listener` with that run now and after every change. Returns a function that removes the listener.
    onRunChange(listener) {
        runListeners.add(listener);
        listener(current);
        return () => runListeners.delete(listener);
    },
    // Shows an error and what to do next, beside the element that caused it. An empty text hides the notice.
    notice(text, hint = '', cause = null) {
        placeNotice(text && cause);
        notice.replaceChildren(...(text ? [el('p', {}, el('strong', {}, `${text}.`), hint ? ` ${next(hint)}` : '')] : []));
        notice.hidden = !text;
        isNoticeFollowed = Boolean(text);
        bringNoticeIntoView();
    },
    go(hash) {
        location.hash = hash;
    },
    // Gives the shown view another address, unless the user has gone to another view, whose hashchange event may be about to
    // come.
    readdress(hash) {
        const viewOf = (address) => address.slice(1).split('/')[0] || 'run';
        if (viewOf(location.hash) === viewOf(hash)) history.replaceState(null, '', hash);
    },
    // To be called after a change of what the shown view's `title()` returns.
    retitle() {
        document.title = [shownView?.title?.(), VIEWS[shown], 'iomux'].filter((part) => part).join(' · ');
    },
};

// At once: a smooth scroll ends before its goal if the page changes meanwhile.
function bringNoticeIntoView() {
    if (isNoticeFollowed) notice.scrollIntoView({block: 'nearest', behavior: 'instant'});
}

// What is loaded later may push a new notice out of view. That ends with what the user does next.
new ResizeObserver(bringNoticeIntoView).observe($('content'));
for (const type of ['wheel', 'touchmove', 'pointerdown', 'keydown'])
    addEventListener(type, () => { isNoticeFollowed = false; }, {capture: true, passive: true});

// Below the line of the cause, or at the top of the page.
function placeNotice(cause) {
    const place = cause?.isConnected && !cause.closest('[hidden]') ? cause.closest('.actions, .trace-form, td, li') ?? cause : null;
    if (place?.matches('td, li')) place.append(notice);
    else if (place) place.after(notice);
    else $('content').prepend(notice);
}

const next = (hint) => `${hint[0].toUpperCase()}${hint.slice(1)}${/[.!?]$/.test(hint) ? '' : '.'}`;

function publishRun(run) {
    current = run && !isOver(run) ? run : null;
    showActiveRun();
    for (const listener of [...runListeners]) listener(current);
    if (run && isOver(run)) {
        stopFollowing();
        lookForRun();
    }
}

// Changes the text only if it differs, because screen readers announce every change.
function showActiveRun() {
    const text = !current ? '' : current.state === 'queued' ? 'Run queued' : 'Run in progress';
    if ($('active-run').textContent !== text) $('active-run').replaceChildren(...(text ? [el('a', {href: hashOf(current)}, text)] : []));
    const link = $('active-run').firstChild;
    if (link && link.getAttribute('href') !== hashOf(current)) link.setAttribute('href', hashOf(current));
}

// Another page may have started a run.
async function lookForRun() {
    if (current || document.hidden) return;
    try {
        const {runs} = await app.get('/api/runs');
        const active = runs.find((run) => run.state === 'running') ?? runs.findLast((run) => run.state === 'queued');
        if (!active || current) return;
        current = active;
        stopFollowing = follow(active.id, publishRun);
    } catch {
        // The next request shows the error.
    }
}

// Mounts a view once, even if it is requested again while it loads. After a failure it can be mounted again.
async function mount(name) {
    if (!mounted.has(name)) mounted.set(name, import(`./${name}.js`).then((view) => view.mount($(name), app)));
    try {
        return await mounted.get(name);
    } catch (error) {
        mounted.delete(name);
        throw error;
    }
}

// Returns the word unchanged if it is not valid percent-encoding.
function decoded(word) {
    try {
        return decodeURIComponent(word);
    } catch {
        return word;
    }
}

// Takes the token here too, because an open page may be given the link of a restarted service.
async function route() {
    takeToken();
    const [asked, ...words] = location.hash.slice(1).split('/').map(decoded);
    if (asked === 'content') return;  // the "skip to the content" link
    const name = Object.hasOwn(VIEWS, asked) ? asked : 'run';
    // If the view failed to load, the error was already shown.
    if (shown !== name) mounted.get(shown)?.then((view) => view.hide?.(), () => {});
    app.notice('');
    shown = name;
    shownView = null;
    app.retitle();
    for (const view of Object.keys(VIEWS)) $(view).hidden = view !== name;
    for (const link of document.querySelectorAll('nav a[data-view]'))
        if (link.dataset.view === name) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
    try {
        const view = await mount(name);
        if (shown === name) shownView = view;
        await view.show(words);
        app.retitle();
    } catch (error) {
        app.notice(error.message, error.hint ?? 'Reload the page');
    }
}

onReachable((isReachable) => {
    $('service').hidden = isReachable;
    $('service').textContent = isReachable ? '' :
        'The service does not answer. If it has ended, restart it with ./iomux serve. This page reconnects by itself.';
    if (!isReachable) return;
    lookForRun();
    route();
});
addEventListener('hashchange', route);
document.addEventListener('visibilitychange', lookForRun);
setInterval(lookForRun, POLL_MS);
setInterval(() => { if (!current && !document.hidden) lookForService(); }, LOOK_MS);
await Promise.all([route(), lookForRun()]);
