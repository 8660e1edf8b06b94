// The form for a run: servers, load and measurement.
/* global counted */
import {el} from './kit.js';
import {NUMBERS, loadText} from './runs.js';

const DEFAULT_SERVERS = ['minimal', 'select', 'epoll', 'io_uring'];
// The stops of the slider, close together up to the limit of select, wider apart above it.
const IDLE_STOPS = [0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 2000, 3000, 5000, 7000, 10000];
const ALWAYS_SHOWN = ['connections'];
// The ways to measure, and the numbers of each. They are in the request only if this way is chosen.
const WAYS = {
    sessions: {label: 'All servers at once', hint: 'sessions, in which the servers take turns of some milliseconds',
        numbers: ['budget_seconds', 'precision_percent', 'sessions', 'slice_milliseconds']},
    windows: {label: 'One server after another', hint: 'rounds, in which each server has some time alone; less precise',
        numbers: ['rounds', 'milliseconds']},
};
const isOfAWay = (name) => Object.values(WAYS).some(({numbers}) => numbers.includes(name));

export class RunForm {
    // Calls `onStart()` when the form is submitted.
    constructor({servers, most_servers: most, bounds}, onStart) {
        this.servers = servers;
        this.most = most;
        this.bounds = bounds;
        this.inputs = Object.fromEntries(Object.entries(bounds).map(([name, bound]) => [name, numberInput(name, bound)]));
        this.slider = this.makeSlider();
        this.ways = Object.fromEntries(Object.entries(WAYS).map(([way, {numbers}]) => [way, {
            choice: el('input', {type: 'radio', name: 'way', value: way}),
            fields: el('fieldset', {class: 'fields', 'aria-label': WAYS[way].label}, ...numbers.map((name) => field(name, this.inputs[name]))),
        }]));
        this.start = el('button', {type: 'submit', class: 'main', 'aria-describedby': 'start-purpose'}, 'Start');
        this.purpose = el('span', {class: 'quiet', id: 'start-purpose'});
        this.element = el('form', {'aria-label': 'New run', onsubmit(event) {
            event.preventDefault();
            onStart();
        }}, el('h2', {}, 'A load of your own'), this.serversPart(), this.loadPart(), this.measurementPart(), el('p', {class: 'actions'}, this.start,
            el('button', {type: 'button', onclick: () => this.fill({})}, 'Defaults'), this.purpose));
        this.boxes = [...this.element.querySelectorAll('[name=server]')];
        this.element.addEventListener('change', () => this.check());
        this.element.addEventListener('input', () => this.describeStart());
        this.fill({servers: DEFAULT_SERVERS});
    }

    serversPart() {
        const some = (has) => this.servers.filter(has);
        return el('fieldset', {}, el('legend', {}, 'Servers'),
            ...group('Raw system calls', some((server) => server.program === 'raw')),
            ...group('Boost.Asio', some((server) => server.program === 'asio')),
            ...folded('Boost.Asio with other backends',
                some((server) => !server.brought && !['raw', 'asio'].includes(server.program))),
            ...group('Your own (--server)', some((server) => server.brought)), about(this.servers));
    }

    loadPart() {
        const more = Object.keys(this.bounds).filter((name) => name !== 'idle' && !ALWAYS_SHOWN.includes(name) && !isOfAWay(name));
        return el('fieldset', {}, el('legend', {}, 'Load'),
            ...ALWAYS_SHOWN.filter((name) => this.inputs[name]).map((name) => field(name, this.inputs[name])),
            el('div', {class: 'field idle'}, el('label', {for: 'idle-slider'}, NUMBERS.idle.label,
                el('span', {class: 'quiet'}, ` ${NUMBERS.idle.hint}`)), this.slider,
            el('label', {}, el('span', {class: 'visually-hidden'}, 'Exact number of idle connections'), this.inputs.idle)),
            el('details', {}, el('summary', {}, 'More load options'),
                el('div', {class: 'fields'}, ...more.map((name) => field(name, this.inputs[name])))));
    }

    measurementPart() {
        return el('fieldset', {class: 'measurement'}, el('legend', {}, 'Measurement'), ...Object.entries(this.ways).flatMap(([way, {choice, fields}]) => [
            el('label', {class: 'way'}, choice, el('span', {}, WAYS[way].label, el('span', {class: 'quiet'}, ` ${WAYS[way].hint}`))), fields]));
    }

    // Hides the numbers of the other way.
    choose(way) {
        for (const [name, {choice, fields}] of Object.entries(this.ways)) {
            choice.checked = name === way;
            fields.hidden = fields.disabled = name !== way;
        }
    }

    makeSlider() {
        this.stops = IDLE_STOPS.filter((stop) => stop >= this.bounds.idle.lowest && stop <= this.bounds.idle.highest);
        const slider = el('input', {type: 'range', id: 'idle-slider', min: 0, max: this.stops.length - 1, step: 1});
        slider.addEventListener('input', () => {
            this.inputs.idle.value = this.stops[slider.value];
            this.describeSlider();
        });
        this.inputs.idle.addEventListener('input', () => this.moveSlider());
        return slider;
    }

    moveSlider() {
        const idle = Number(this.inputs.idle.value);
        const at = this.stops.findLastIndex((stop) => stop <= idle);
        this.slider.value = Math.max(at, 0);
        this.describeSlider();
    }

    describeSlider() {
        this.slider.setAttribute('aria-valuetext', `${this.inputs.idle.value} idle connections`);
    }

    // Fields that the request leaves out get their defaults. The selected servers stay if it names none.
    fill(request) {
        if (request.servers) for (const box of this.boxes) box.checked = !box.disabled && request.servers.includes(box.value);
        for (const box of this.boxes) if (box.checked && box.closest('details')) box.closest('details').open = true;
        for (const [name, input] of Object.entries(this.inputs)) input.value = request[name] ?? this.bounds[name].usual ?? '';
        this.choose(request.rounds || request.milliseconds ? 'windows' : 'sessions');
        this.moveSlider();
        this.check();
    }

    check() {
        this.choose(this.ways.windows.choice.checked ? 'windows' : 'sessions');
        const count = this.boxes.filter((box) => box.checked).length;
        const wrong = count === 0 ? 'Choose at least one server.' : count > this.most ? `Choose at most ${this.most} servers.` : '';
        this.boxes.find((box) => !box.disabled)?.setCustomValidity(wrong);
        this.describeStart();
    }

    // What the button measures.
    describeStart() {
        const {servers, ...load} = this.request();
        this.purpose.textContent = `Measures ${counted(servers.length, 'server')} under this one load: ${loadText(load).split('; ')[0]}.`;
    }

    // Whether the form is valid. If not, the browser shows what is wrong.
    isValid() {
        const wrong = [...this.element.elements].find((input) => !input.checkValidity());
        if (wrong?.closest('details')) wrong.closest('details').open = true;
        return this.element.reportValidity();
    }

    request() {
        const request = {servers: this.boxes.filter((box) => box.checked).map((box) => box.value)};
        for (const [name, input] of Object.entries(this.inputs))
            if (input.value !== '' && !input.matches(':disabled')) request[name] = Number(input.value);
        return request;
    }
}

function numberInput(name, bound) {
    return el('input', {type: 'number', name, min: bound.lowest, max: bound.highest, step: 1, required: bound.usual !== null});
}

function field(name, input) {
    const {label = name.replaceAll('_', ' '), hint = ''} = NUMBERS[name] ?? {};
    return el('label', {class: 'field'}, el('span', {}, label, hint ? el('span', {class: 'quiet'}, ` ${hint}`) : ''), input);
}

function chips(title, servers) {
    return el('div', {class: 'chips', role: 'group', 'aria-label': title}, ...servers.map(serverChip));
}

function group(title, servers) {
    return servers.length > 0 ? [el('h3', {}, title), chips(title, servers)] : [];
}

function folded(title, servers) {
    return servers.length > 0 ? [el('details', {}, el('summary', {}, title), chips(title, servers))] : [];
}

function serverChip(server) {
    const box = el('input', {type: 'checkbox', name: 'server', value: server.name, disabled: server.unavailable !== null});
    const label = el('label', {class: 'chip', title: server.summary}, box, el('span', {}, server.name));
    if (server.unavailable !== null) label.append(el('span', {class: 'quiet'}, ` ${server.unavailable}`));
    return label;
}

function about(servers) {
    return el('details', {}, el('summary', {}, 'What are these servers?'), el('dl', {class: 'about-servers'},
        ...servers.flatMap((server) => [el('dt', {}, server.name), el('dd', {}, server.summary)])));
}
