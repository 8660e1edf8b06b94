// Measures first-contentful-paint: the median of ten browsers without a cache, on loopback. This is a benchmark, to be
// run by hand on an idle machine. The limit is 300 ms.
//   IOMUX_SERVE=… tests/web/page/run BUILD first_paint.mjs [TIMES]
import {Fixture} from './fixture.mjs';

const LIMIT_MS = 300;
const times = Number(process.argv[2] ?? 10);

async function firstPaint(fixture) {
    const context = await fixture.browser.newContext();
    const page = await context.newPage();
    await page.goto(fixture.service.link);
    const painted = await page.evaluate(() => new Promise((resolve) => {
        new PerformanceObserver((list) => {
            const [entry] = list.getEntriesByName('first-contentful-paint');
            if (entry) resolve(entry.startTime);
        }).observe({type: 'paint', buffered: true});
    }));
    await context.close();
    return painted;
}

const fixture = await Fixture.open();
try {
    await firstPaint(fixture);  // warm-up: starts the browser
    const painted = [];
    for (let i = 0; i < times; ++i) painted.push(await firstPaint(fixture));
    painted.sort((a, b) => a - b);
    const median = (painted[(times - 1) >> 1] + painted[times >> 1]) / 2;
    console.log(`first contentful paint: ${median.toFixed(0)} ms, from ${painted[0].toFixed(0)} to ` +
        `${painted.at(-1).toFixed(0)} in ${times} runs; the limit is ${LIMIT_MS} ms`);
    process.exitCode = median < LIMIT_MS ? 0 : 1;
} finally {
    await fixture.close();
}
