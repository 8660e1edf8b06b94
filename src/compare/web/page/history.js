// The live figures of a run: for each server and figure a line of points over the server's measured seconds.

const FIGURE_NAMES = ['messages_per_second', 'cpu_us_per_message', 'p50_us', 'p99_us'];

// Longer lines are thinned out, so that the memory of an open page does not grow.
const MAX_POINTS = 400;

export class History {
    constructor(run) {
        this.round = (run.request.milliseconds ?? 0) / 1000;
        this.seconds = this.round * (run.request.rounds ?? 1);
        this.lines = new Map();
    }

    // A chart asks for a line before it has points.
    get isEmpty() {
        return [...this.lines.values()].every((line) => FIGURE_NAMES.every((figure) => line[figure].length === 0));
    }

    line(server) {
        if (!this.lines.has(server))
            this.lines.set(server, Object.fromEntries(FIGURE_NAMES.map((figure) => [figure, []])));
        return this.lines.get(server);
    }

    // Adds a sample unless it was already added. `now`: in milliseconds.
    addSample(sample, now) {
        const text = JSON.stringify(sample);
        if (!sample || text === this.last) return;
        this.last = text;
        const turn = `${sample.server} ${sample.round}`;
        if (turn !== this.turn) [this.turn, this.began] = [turn, now - sample.seconds * 1000];
        const inRound = Math.min((now - this.began) / 1000, this.round);
        this.add(sample.server, (sample.round - 1) * this.round + inRound, sample);
    }

    add(server, seconds, figures) {
        const line = this.line(server);
        for (const figure of FIGURE_NAMES)
            if (Number.isFinite(figures[figure])) append(line[figure], {x: seconds, y: figures[figure]});
    }

    // One point per round, for a run that was over before the page was opened.
    addResults(point) {
        for (const {title, rounds = []} of point.servers)
            rounds.forEach((round, i) => round && this.add(title, (i + 1) * this.round, {
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
