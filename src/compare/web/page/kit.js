// Small helpers that the views share.

// `elements.js` is shared with the report and is not a module.
export const el = globalThis.el;

export const isOver = (run) => run.state !== 'queued' && run.state !== 'running';

// `25 Nov 2026, 21:08:33`, in local time.
export const formatDate = (iso) => new Date(iso).toLocaleString('en-GB', {dateStyle: 'medium', timeStyle: 'medium'});

// `–` if the value is not known.
export function formatNumber(value, digits = 0) {
    if (!Number.isFinite(value)) return '–';
    return value.toLocaleString('en', {minimumFractionDigits: digits, maximumFractionDigits: digits});
}

// Wraps a table that may be wider than the page. It scrolls on its own, also by keyboard.
export function scrollable(label, table) {
    return el('div', {class: 'scroll', role: 'region', tabindex: 0, 'aria-label': label}, table);
}

export const cell = (text) => el('td', {}, text);

export function headRow(...titles) {
    return el('thead', {}, el('tr', {}, ...titles.map((title) => el('th', {scope: 'col'}, title))));
}

// Control characters, those that set the direction of text, and noncharacters: what the service escapes, too.
const UNPRINTABLE = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/g;

// The text with each byte of such a character escaped: `\xe2\x80\xae`.
export const wellFormed = (text) => text.replace(UNPRINTABLE, (one) => [...new TextEncoder().encode(one)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''));

// The content of a file that the user has chosen.
export const parseFile = async (file) => JSON.parse(await file.text(), (_, value) => typeof value === 'string' ? wellFormed(value) : value);

// Changes a text only if it differs: selected text stays selected, and the browser draws nothing.
export function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

// Values that survive closing the page. A browser may refuse even to access its storage.
export const persistent = {
    get(key) {
        try {
            return JSON.parse(localStorage.getItem(key));
        } catch {
            return null;
        }
    },
    set(key, value) {
        try {
            localStorage.setItem(key, JSON.stringify(value));
        } catch {
            // The page also works without storage.
        }
    },
};

// Shows an error of `action` beside the element that caused it. Returns false if there was one.
export async function guarded(app, action, cause) {
    try {
        await action();
        return true;
    } catch (error) {
        app.notice(error.message, error.hint, cause);
        return false;
    }
}

// Runs an action of the user unless the button's last one still runs. The button is not disabled, because a disabled
// button loses the focus.
export async function act(app, button, action) {
    if (button.ariaDisabled) return;
    button.ariaDisabled = 'true';
    app.notice('');
    await guarded(app, action, button);
    if (!('over' in button.dataset)) button.ariaDisabled = null;
}

// A button with an asynchronous action.
export function actionButton(app, attributes, text, action) {
    const button = el('button', {type: 'button', ...attributes}, text);
    button.addEventListener('click', () => act(app, button, action));
    button.addEventListener('blur', () => { if ('over' in button.dataset) button.hidden = true; });
    return button;
}

// Hides an action button that does not apply now. While it has the focus, which would be lost, it is only disabled.
export function showWhile(button, applies) {
    const stays = !applies && !button.hidden && document.activeElement === button;
    button.hidden = !applies && !stays;
    if (stays) button.dataset.over = '';
    else delete button.dataset.over;
    button.ariaDisabled = stays ? 'true' : null;
}

const scripts = new Map();

// Loads a classic script (not a module) once. Rejects if it cannot be loaded.
export function loadScript(path) {
    if (!scripts.has(path))
        scripts.set(path, new Promise((resolve, reject) => {
            const script = el('script', {src: path, onload: resolve, onerror: () => reject(new Error(`cannot load ${path}`))});
            document.head.append(script);
        }));
    return scripts.get(path);
}
