// Measures how much the page's JavaScript heap grows in ten minutes of live updates, after garbage collection, and how
// long the page's main thread is busy, which is at least its CPU time. This is a benchmark, to be run by hand on an idle
// machine. The limits are 20 MB in ten minutes, and 5 % of the time.
//   IOMUX_SERVE=… tests/web/page/run BUILD ten_minutes.mjs [MINUTES]
import {setTimeout as pause} from 'node:timers/promises';
import {Fixture, until} from './fixture.mjs';

const LIMIT_MB = 20;
const LIMIT_PERCENT = 5;
const MIN_FRAMES_PER_SECOND = 1;
const minutes = Number(process.argv[2] ?? 10);
const SERVERS = ['epoll', 'select'];

async function heapOf(devtools) {
    await devtools.send('HeapProfiler.collectGarbage');
    return (await devtools.send('Runtime.getHeapUsage')).usedSize / 1e6;
}

async function timesOf(devtools) {
    const {metrics} = await devtools.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({name, value}) => [name, value]));
}

const fixture = await Fixture.open();
try {
    const context = await fixture.browser.newContext();
    const page = await context.newPage();
    let frames = 0;
    page.on('websocket', (socket) => socket.on('framereceived', () => ++frames));
    // The run lasts longer than this test. Its rate leaves enough CPU time for the browser.
    await fixture.service.begin({servers: SERVERS, sessions: 1000, budget_seconds: Math.min(Math.ceil(minutes * 60) + 60, 3600),
        connections: 4, rate: 5000});
    await page.goto(fixture.service.link);
    await until(() => frames > 10);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Performance.enable', {timeDomain: 'timeTicks'});
    const before = await heapOf(devtools);
    const framesBefore = frames;
    const begin = await timesOf(devtools);
    await pause(minutes * 60_000);
    const end = await timesOf(devtools);
    const percent = (end.TaskDuration - begin.TaskDuration) / (end.Timestamp - begin.Timestamp) * 100;
    const after = await heapOf(devtools);
    const seen = frames - framesBefore;
    console.log(`JavaScript heap: ${before.toFixed(1)} MB, ${after.toFixed(1)} MB after ${minutes} minutes and ${seen} ` +
        `frames; the limit is ${LIMIT_MB} MB of growth in ten minutes`);
    console.log(`main thread: busy for ${percent.toFixed(1)} % of the time; the limit is ${LIMIT_PERCENT} %`);
    if (seen < minutes * 60 * MIN_FRAMES_PER_SECOND) throw new Error(`only ${seen} frames in ${minutes} minutes: no live updates`);
    const hasGrownLittle = after - before < LIMIT_MB * Math.max(minutes / 10, 0.1);
    process.exitCode = hasGrownLittle && percent < LIMIT_PERCENT ? 0 : 1;
    await fixture.service.stopAll();
} finally {
    await fixture.close();
}
