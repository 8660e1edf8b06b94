// The servers' code, side by side, aligned by stage.

const STAGES = [
    ['run', 'calls the stages'], ['listen', 'opens the listening socket'], ['wait', 'sleeps until there is work'],
    ['accept', 'takes a new connection'], ['read', 'receives bytes'], ['write', 'sends bytes'],
    ['watch', 'sets what to wait for'], ['close', 'ends a connection'],
];

const TWO_SIDES = [{label: 'Left', initial: 'raw/epoll'}, {label: 'Right', initial: 'asio/callbacks'}];

class CodeView {
    // A side whose `initial` server is the empty string is optional.
    constructor(servers, results, sides = TWO_SIDES) {
        this.servers = servers;
        this.calls = callsByServer(results);
        this.choices = sides.map((side) => this.choice(side));
        this.dim = el('input', {type: 'checkbox', checked: true, onchange: () => this.show()});
        this.body = el('div');
        this.element = el('div', {}, el('div', {class: 'choices'},
            ...this.choices.map(({label, select}) => el('label', {}, label, select)),
            el('label', {}, this.dim, 'dim lines that both servers have in common')), this.body);
        this.show();
    }

    choice({label, initial}) {
        const groups = ['raw', 'asio'].map((program) => el('optgroup',
            {label: program === 'raw' ? 'Raw system calls' : 'Boost.Asio'},
            ...this.servers.filter((server) => server.program === program).map((server) =>
                el('option', {value: fullName(server), selected: fullName(server) === initial}, server.name))));
        const none = initial === '' ? el('option', {value: '', selected: true}, 'none') : '';
        return {label, select: el('select', {onchange: () => this.show()}, none, ...groups)};
    }

    has(server) { return this.servers.some((one) => fullName(one) === codeName(server)); }

    // Shows it beside the server on the other side.
    choose(server) {
        this.choices[isAsio(server) ? 1 : 0].select.value = codeName(server);
        this.show();
    }

    chosen() {
        return this.choices.map(({select}) => this.servers.find((server) => fullName(server) === select.value))
            .filter((server) => server);
    }

    show() {
        const chosen = this.chosen();
        const rows = STAGES.map(([name, meaning]) => el('section', {class: 'stage'},
            el('h3', {}, name, el('span', {class: 'quiet'}, ` ${meaning}`)),
            ...chosen.map((server) => this.side(server, name, chosen.filter((other) => other !== server)))));
        this.body.style.setProperty('--sides', chosen.length);
        this.body.replaceChildren(el('section', {class: 'stage'}, ...chosen.map((server) => this.about(server))), ...rows);
    }

    about(server) {
        const calls = this.calls.get(fullName(server));
        return el('div', {class: 'side about'},
            el('h3', {}, server.name, el('span', {class: 'quiet'}, ` ${server.file}`)), el('p', {}, server.about),
            calls ? el('p', {class: 'calls'}, el('b', {}, `${hundredths(calls.all)} system calls per message`), ': ',
                callsText(calls.each)) : '');
    }

    side(server, stage, others) {
        const parts = server.stages[stage];
        const head = [el('h4', {}, server.name), this.stageCalls(server, stage)];
        if (parts.length === 0) return el('div', {class: 'side missing'}, ...head, missingText(server, stage));
        const same = this.dim.checked ? linesOfAll(others.map((other) => other.stages[stage])) : new Set();
        return el('div', {class: 'side'}, ...head, ...parts.map((part) => el('figure', {},
            el('figcaption', {}, `${part.file}, line ${part.line}`),
            el('pre', {}, codeElement(part.html, same)))));
    }

    stageCalls(server, stage) {
        const calls = callsIn(stage, this.calls.get(fullName(server))?.each ?? []);
        return calls.length === 0 ? '' : el('p', {class: 'calls'}, `${callsText(calls)} per message`);
    }
}

// The system calls that belong to one stage, by their names in a trace. All others are shown with the server.
const CALLS_OF_STAGES = {
    wait: ['epoll_wait', 'epoll_pwait', 'epoll_pwait2', 'poll', 'ppoll', 'select', 'pselect6', 'io_uring_enter'],
    accept: ['accept', 'accept4'],
    read: ['recvfrom', 'recvmsg', 'read', 'readv'],
    write: ['sendto', 'sendmsg', 'write', 'writev'],
    watch: ['epoll_ctl'],
    close: ['close', 'shutdown'],
};

// `calls`: pairs of a name and its count per message.
const callsIn = (stage, calls) => calls.filter(([call]) => CALLS_OF_STAGES[stage]?.includes(call));
const callsText = (calls) => calls.map(([call, count]) => `${call} ${hundredths(count)}`).join(', ');

const fullName = (server) => `${server.program}/${server.name}`;
// All Asio programs are built from the same sources.
const codeName = (server) => (isAsio(server) ? `asio/${server.name}` : fullName(server));

function callsByServer(results) {
    const found = new Map();
    for (const scenario of results.scenarios)
        for (const point of scenario.points)
            for (const server of point.servers) {
                if (!server.system_calls || found.has(fullName(server))) continue;
                const each = shownCalls(Object.entries(server.system_calls.per_message));
                found.set(fullName(server), {all: callsOf(server), each: each.sort((one, other) => other[1] - one[1])});
            }
    return found;
}

function codeElement(html, same) {
    const code = el('code');
    for (const line of html.split('\n')) {
        const margin = line.length - line.trimStart().length;
        const element = el('span', {class: 'line'});
        element.style.setProperty('--margin', `${margin}ch`);
        element.innerHTML = line.trimStart();  // written at build time, from our own sources
        if (same.has(element.textContent.trim())) element.classList.add('alike');
        code.append(element);
    }
    return code;
}

// The lines that all the other servers have.
function linesOfAll(others) {
    const [first, ...rest] = others.map(linesOf);
    return new Set([...first ?? []].filter((line) => rest.every((lines) => lines.has(line))));
}

function linesOf(parts) {
    const text = el('template');
    text.innerHTML = parts.map((part) => part.html).join('\n');
    return new Set(text.content.textContent.split('\n').map((line) => line.trim()));
}

// If the file's first comment says why the stage is missing, quotes it.
function missingText(server, stage) {
    const word = new RegExp(`\\b${stage}s?\\b`, 'i');
    const why = server.about.split(/(?<=\.) /).filter((sentence) => word.test(sentence)).join(' ');
    return `${server.file} has no function and no system call for this stage.` + (why ? ` Its first comment: “${why}”` : '');
}
