// The live figures of a run: for each server and figure a line of points. In sessions the points of all servers are side by
// side, over the number of sessions. In windows they are over the server's measured seconds.

const FIGURE_NAMES = ['messages_per_second', 'cpu_us_per_message', 'p50_us', 'p99_us'];

// Longer lines are thinned out, so that the memory of an open page does not grow.
const MAX_POINTS = 400;

export class History {
    // `rounds` (null if their number is not known before) and `windowSeconds`: if it measures in windows.
    constructor({inSessions, rounds, windowSeconds}) {
        this.inSessions = inSessions;
        this.round = windowSeconds ?? 0;
        // Where the axis ends. It grows if the number of rounds is not known before.
        this.end = inSessions ? 1 : this.round * (rounds ?? 1);
        this.isOver = false;
        this.lines = new Map();
        this.last = {};
    }

    // Of the state of a run that the service sends.
    static ofLive({sessions, rounds, window_seconds: windowSeconds}) {
        return new History({inSessions: sessions !== null, rounds, windowSeconds});
    }

    // Of a point in the results: one point per round or session. `isOver`: no more are added.
    static ofResults(point, {isOver} = {isOver: true}) {
        const history = new History({inSessions: point.slice_seconds !== undefined, windowSeconds: point.work.seconds,
            rounds: Math.max(0, ...point.servers.map(({rounds = []}) => rounds.length))});
        history.isOver = isOver;
        history.addResults(point);
        return history;
    }

    // Whether no server has a point of these figures. A chart asks for a line before it has points.
    lacks(figures) {
        return [...this.lines.values()].every((line) => figures.every((figure) => line[figure].length === 0));
    }

    line(server) {
        if (!this.lines.has(server))
            this.lines.set(server, Object.fromEntries(FIGURE_NAMES.map((figure) => [figure, []])));
        return this.lines.get(server);
    }

    // Adds what is new in a state. `now`: in milliseconds.
    addLive({sample, slices, latest}, now) {
        if (this.isNew('sample', sample)) this.addSample(sample, now);
        for (const [name, points] of Object.entries({slices, latest}))
            if (this.isNew(name, points)) for (const server of points.servers) this.add(server.server, points.sessions, server);
    }

    isNew(name, figures) {
        const text = JSON.stringify(figures);
        if (!figures || text === this.last[name]) return false;
        this.last[name] = text;
        return true;
    }

    addSample(sample, now) {
        const turn = `${sample.server} ${sample.round}`;
        if (turn !== this.turn) [this.turn, this.began] = [turn, now - sample.seconds * 1000];
        const inRound = Math.min((now - this.began) / 1000, this.round);
        this.add(sample.server, (sample.round - 1) * this.round + inRound, sample);
    }

    add(server, x, figures) {
        const line = this.line(server);
        this.end = Math.max(this.end, this.inSessions ? Math.ceil(x) : x);
        for (const figure of FIGURE_NAMES)
            if (Number.isFinite(figures[figure])) append(line[figure], {x, y: figures[figure]});
    }

    addResults(point) {
        for (const {title, rounds = []} of point.servers)
            rounds.forEach((round, i) => round && this.add(title, (i + 1) * (this.inSessions ? 1 : this.round), {
                messages_per_second: round.load.messages_per_second, cpu_us_per_message: round.cpu_us_per_message,
                p50_us: round.load.latency_us?.p50, p99_us: round.load.latency_us?.p99,
            }));
    }
}

function append(points, point) {
    points.push(point);
    if (points.length <= MAX_POINTS) return;
    const thinned = points.filter((_, i) => i % 2 === 1);
    points.splice(0, points.length, ...thinned);
}
