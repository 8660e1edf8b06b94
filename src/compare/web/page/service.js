// Requests to the service, and the states that it sends.
import {isOver} from './kit.js';

const RETRY_AFTER_MS = 1000;
const TOKEN = 'token';

// The link that the service prints has the token after the #, which a browser never sends to a server.
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

// Returns the JSON of the response. Throws an Error whose `hint` says what to do next. It has the `status` if the service
// responded.
export async function request(method, path, body) {
    const headers = {Authorization: `Bearer ${localStorage.getItem(TOKEN) ?? ''}`};
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    let response, answer;
    try {
        response = await fetch(path, {method, headers, body: body && JSON.stringify(body)});
        answer = await response.json();
    } catch {
        setReachable(false);
        throw new ServiceError('Cannot reach the service', 'restart it with ./iomux serve');
    }
    setReachable(true);
    if (!response.ok) throw new ServiceError(answer.error, answer.hint, response.status);
    return answer;
}

// Whether the newest request was answered.
let reachable = true;
const reachListeners = [];

// Calls `listener` with true or false when the service becomes reachable or unreachable.
export const onReachable = (listener) => reachListeners.push(listener);

function setReachable(isReachable) {
    if (isReachable === reachable) return;
    reachable = isReachable;
    for (const listener of reachListeners) listener(isReachable);
}

export const lookForService = () => fetch('/healthz', {cache: 'no-store'}).then(() => setReachable(true), () => setReachable(false));

const followed = new Map();

// Calls `onChange` with the run's JSON now and after every change, until the run is over or the returned function is
// called. All listeners of a run share one connection. The service always sends the newest state, so nothing is missed
// after a lost connection.
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
        this.socket.onmessage = (message) => this.notify(JSON.parse(message.data));
        this.socket.onclose = () => this.ended();
    }

    notify(run) {
        this.run = run;
        for (const listener of [...this.listeners]) listener(run);
    }

    ended() {
        if (this.run && isOver(this.run)) this.forget();
        else if (this.listeners.size > 0) setTimeout(() => this.retry(), RETRY_AFTER_MS);
    }

    // GET still gives the state if the service has too many WebSockets. A run that it no longer knows has been
    // interrupted.
    async retry() {
        if (this.listeners.size === 0) return;
        try {
            this.notify(await request('GET', `/api/runs/${this.id}`));
        } catch (error) {
            if (error.status === 404 && this.run) this.notify({...this.run, state: 'interrupted'});
            if (error.status === 404) return this.forget();
        }
        if (this.run && isOver(this.run)) this.forget();
        else if (this.listeners.size > 0) this.connect();
    }
}
