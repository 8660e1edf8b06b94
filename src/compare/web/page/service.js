// What the service is asked, and what it tells.
import {isOver} from './kit.js';

const RETRY_AFTER_MS = 1000;
const TOKEN = 'token';

// The link that the service has printed has the token behind its #, which no server is ever sent.
export function takeToken() {
    const given = new URLSearchParams(location.hash.slice(1)).get(TOKEN);
    if (!given) return;
    localStorage.setItem(TOKEN, given);
    history.replaceState(null, '', location.pathname);
}

class ServiceError extends Error {
    constructor(message, hint, status) {
        super(message);
        this.hint = hint;
        this.status = status;
    }
}

// The answer's JSON. Throws an Error with what to do next as its `hint`, and with the `status` where there was an answer.
export async function ask(method, path, body) {
    const headers = {Authorization: `Bearer ${localStorage.getItem(TOKEN) ?? ''}`};
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    let response, answer;
    try {
        response = await fetch(path, {method, headers, body: body && JSON.stringify(body)});
        answer = await response.json();
    } catch {
        throw new ServiceError('The service does not answer', 'start it again: ./iomux serve');
    }
    if (!response.ok) throw new ServiceError(answer.error, answer.hint, response.status);
    return answer;
}

const followed = new Map();

// Calls `onChange` with the run's JSON, now and with every change, until it is over or the function that is returned is
// called. Those who follow the same run share a connection. The service tells the newest state, and so nothing is lost
// where the connection was.
export function follow(id, onChange) {
    let one = followed.get(id);
    if (!one) followed.set(id, one = new Followed(id));
    one.add(onChange);
    return () => one.remove(onChange);
}

class Followed {
    constructor(id) {
        this.id = id;
        this.listeners = new Set();
        this.connect();
    }

    add(listener) {
        this.listeners.add(listener);
        if (this.run) listener(this.run);
    }

    remove(listener) {
        this.listeners.delete(listener);
        if (this.listeners.size > 0) return;
        this.forget();
        this.socket.close();
    }

    forget() {
        if (followed.get(this.id) === this) followed.delete(this.id);
    }

    connect() {
        this.socket = new WebSocket(`ws://${location.host}/api/runs/${this.id}/events`);
        this.socket.onmessage = (message) => this.tell(JSON.parse(message.data));
        this.socket.onclose = () => this.ended();
    }

    tell(run) {
        this.run = run;
        for (const listener of [...this.listeners]) listener(run);
    }

    ended() {
        if (this.run && isOver(this.run)) this.forget();
        else if (this.listeners.size > 0) setTimeout(() => this.retry(), RETRY_AFTER_MS);
    }

    // The answer counts where the service has no room for one more who follows. A run that it does not know any more has
    // nothing to tell.
    async retry() {
        if (this.listeners.size === 0) return;
        try {
            this.tell(await ask('GET', `/api/runs/${this.id}`));
        } catch (error) {
            if (error.status === 404) return this.forget();
        }
        if (this.run && isOver(this.run)) this.forget();
        else if (this.listeners.size > 0) this.connect();
    }
}
