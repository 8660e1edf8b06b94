// Where the costs of the lines in the view Read come from: the active run, or the newest run that has counted the calls
// of a server; and the newest explanation of the servers, or one that the user opens. What nothing has measured is not
// shown.
/* global callsByServer, callsOf, callsText, fullName, hundredths, shownCalls */
import {el, formatDate, isOver, parseFile, setText, wellFormed} from './kit.js';
import {callsElsewhere, costsOfLines, linesWithCalls, timesIn, whyWithoutLines} from './line_costs.js';
import {codeNameOf, hashOf, isComparison, kindOf, loadText} from './runs.js';
import {summaryOf} from './verdicts.js';

// A server may be in many runs, of which none has counted its calls.
const MOST_RUNS = 5;

export class FileCosts {
    constructor(app, {servers: known, commit}, files, onChange) {
        this.app = app;
        this.commit = commit;
        this.files = files;
        this.onChange = onChange;
        // From the title of a server in a run to the name of its code. Asio's other programs share it.
        this.codeOf = new Map(known.map((server) => [server.name, codeNameOf(server)]));
        this.titleOf = new Map(known.filter(({program}) => program === 'raw' || program === 'asio')
            .map((server) => [codeNameOf(server), server.name]).reverse());
        this.counts = new Map();  // by the name of the code: {counts, run}
        this.heads = new Map();
        this.live = new Map();
        this.hint = el('p', {class: 'lead', hidden: true}, 'System calls per message appear beside the lines of a server after ',
            el('a', {href: '#run'}, 'a run'), ' has counted them.');
        this.liveNote = el('p', {class: 'lead', hidden: true});
        this.timesNote = el('p', {class: 'lead', hidden: true});
        this.key = el('span', {hidden: true}, el('b', {}, '1.00'), ' calls per message of the line’s system call');
        this.keyOfTimes = el('span', {hidden: true});
        this.about = el('div', {}, this.hint, this.liveNote, this.timesNote, this.explanationPlace());
        app.onRunChange((run) => this.showLive(run));
    }

    // Looks for the newest counts of the servers.
    async find(servers) {
        this.servers = servers;
        this.command.textContent = `./iomux compare explain ${servers.slice(0, 2).map((server) => this.titleOf.get(fullName(server)) ?? server.name).join(' ')} --json why.json`;
        const {results} = await this.app.get('/api/results');
        const runs = results.filter(isComparison);
        await Promise.all([this.findTimes(servers, results), ...servers.map((server) => this.findFor(fullName(server), runs))]);
        this.hint.hidden = servers.every((server) => this.counts.has(fullName(server)));
        this.onChange();
    }

    async findFor(name, runs) {
        const title = this.titleOf.get(name);
        for (const run of runs.filter(({request}) => request?.servers.includes(title)).slice(0, MOST_RUNS)) {
            if (this.counts.get(name)?.run.id === run.id) return;
            const found = callsByServer(await summaryOf(this.app, run.id)).get(name);
            if (!found) continue;
            this.counts.set(name, {run, all: found.all, counts: new Map(found.each)});
            return;
        }
        this.counts.delete(name);
    }

    // Of the newest explanation that has the most of the servers. Its times are of one load, so only one is used.
    async findTimes(servers, results) {
        const has = ({request}, server) => request.servers.some((title) => this.codeOf.get(title) === fullName(server));
        const share = (run) => servers.filter((server) => has(run, server)).length;
        const [run] = results.filter((one) => kindOf(one) === 'explanation' && one.state === 'finished' && share(one) > 0)
            .sort((one, other) => share(other) - share(one));
        const kept = this.kept?.run.id === run?.id ? this.kept : run && {run, ...this.timesOf(await this.app.get(`/api/results/${run.id}`))};
        if (servers !== this.servers) return;
        this.kept = kept;
        this.showTimesNote();
    }

    // `times`, by the name of the code, and why some are without those of lines.
    timesOf(explanation) {
        const times = timesIn(explanation, this.commit);
        const why = whyWithoutLines(explanation, this.commit);
        return {times: new Map(explanation.servers.map(({server, program, name}, i) => [this.codeOf.get(server) ?? `${program}/${name}`, times[i]]).reverse()),
            note: why && ` It has no times of lines (${why}). So a line has the time that the kernel spends in its system call, without entry and exit.`};
    }

    showTimesNote() {
        this.timesNote.hidden = !this.kept || this.opened !== undefined;
        if (this.timesNote.hidden) return;
        const {run, note} = this.kept;
        this.timesNote.replaceChildren(`CPU times of ${run.request.servers.join(' and ')} (${loadText(run.request)}): `,
            el('a', {href: hashOf(run)}, `the explanation of ${formatDate(run.created)}`), '.', note);
    }

    // `{counts, times, isLive}` of a server.
    of(server) {
        const name = fullName(server);
        const live = this.live.get(name);
        return {counts: live ?? this.counts.get(name)?.counts, times: (this.opened ?? this.kept)?.times.get(name), isLive: live !== undefined};
    }

    ofLines(server, file) {
        const costs = this.of(server);
        return costs.counts || costs.times ? costsOfLines(file, linesWithCalls(server, this.files), costs) : new Map();
    }

    // What is known of a server as a whole. It is kept up to date.
    headOf(server) {
        const element = el('div', {class: 'of-server'});
        this.heads.set(fullName(server), element);
        this.fillHead(server);
        return element;
    }

    fillHead(server) {
        this.showKeys();
        const name = fullName(server);
        const stored = this.counts.get(name);
        const live = this.live.get(name);
        const counts = live ?? stored?.counts;
        const key = counts ? `${live ? 'now' : stored.run.id} ${callsText([...counts])}` : '';
        const element = this.heads.get(name);
        if (element.dataset.key === key) return;
        element.dataset.key = key;
        if (!counts) return element.replaceChildren();
        const elsewhere = callsText(callsElsewhere(linesWithCalls(server, this.files), counts));
        element.replaceChildren(el('p', {class: live ? 'calls now' : 'calls'}, el('b', {}, server.name), ': ', ...(live ? [`now ${callsText([...live])} per message.`] : [
            `${hundredths(stored.all)} system calls per message in `, el('a', {href: hashOf(stored.run)}, `the run of ${formatDate(stored.run.created)}`), ` (${loadText(stored.run.request)}).`]),
        elsewhere ? ` By code outside these files: ${elsewhere}.` : ''));
    }

    showKeys() {
        const shown = (this.servers ?? []).map((one) => this.of(one));
        this.key.hidden = !shown.some(({counts}) => counts);
        this.keyOfTimes.hidden = !shown.some(({times}) => times?.lines ?? times?.calls);
        const ofLines = shown.some(({times}) => times?.lines);
        this.keyOfTimes.replaceChildren(el('b', {}, '1.00 µs'), ofLines ? ' CPU time per message in the line and in all that it calls' : ' CPU time per message in the kernel');
    }

    showLive(run) {
        const servers = run && !isOver(run) && isComparison(run) ? run.live?.servers ?? [] : [];
        // If several servers of the run share their code, as Asio's backends do, the first one is shown.
        this.live = new Map(servers.filter((server) => server.system_calls).reverse().map((server) => [this.codeOf.get(server.title),
            new Map(shownCalls(Object.entries(server.system_calls)).sort((one, other) => other[1] - one[1]))]));
        this.liveNote.hidden = this.live.size === 0;
        if (this.live.size > 0 && this.liveId !== run.id) {
            this.liveId = run.id;
            this.liveNote.replaceChildren('“Now” shows the counts of ', el('a', {href: hashOf(run)}, 'the active run'), '.');
        }
        this.onChange();
    }

    explanationPlace() {
        this.command = el('code', {});
        this.fault = el('p', {role: 'status', class: 'quiet'});
        const input = el('input', {type: 'file', accept: '.json,application/json', onchange: () => this.open(input.files[0])});
        return el('details', {class: 'explanation'}, el('summary', {}, 'Show the CPU time of each line'),
            el('p', {}, 'An explanation has the CPU time per message of each line, with all that the line calls: functions, the C library, and the kernel with entry and exit. The lines of a called function have this time too, so times of lines do not add up to a whole. “Why?” in the view Run measures an explanation. Or measure one in a terminal, then open its file here:'),
            el('p', {}, this.command), el('label', {class: 'field'}, 'File of the explanation', input), this.fault);
    }

    async open(file) {
        if (!file) return;
        const name = wellFormed(file.name);
        try {
            const explanation = await parseFile(file);
            if (explanation.format !== 'iomux-explanation' || explanation.version !== 1) throw new Error('it is no explanation of version 1');
            this.opened = this.timesOf(explanation);
            this.showTimesNote();
            setText(this.fault, `Times of ${explanation.servers.map(({server}) => server).join(', ')} with ${explanation.work.text}, from ${name}.${this.opened.note}`);
        } catch (error) {
            setText(this.fault, `Cannot read ${name}: ${error.message}. Choose a file that iomux-compare explain has written with --json.`);
        }
        this.onChange();
    }
}
