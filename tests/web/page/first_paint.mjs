// Measures first-contentful-paint: the median of ten browsers without a cache, on loopback. This is a benchmark, to be
// run by hand on an idle machine. The limit is 300 ms.
//   IOMUX_SERVE=… tests/web/page/run BUILD first_paint.mjs [TIMES]
import {Laboratory} from './laboratory.mjs';

const BAR_MS = 300;
const times = Number(process.argv[2] ?? 10);

async function firstPaint(laboratory) {
    const context = await laboratory.browser.newContext();
    const page = await context.newPage();
    await page.goto(laboratory.service.link);
    const painted = await page.evaluate(() => new Promise((resolve) => {
        new PerformanceObserver((list) => {
            const [entry] = list.getEntriesByName('first-contentful-paint');
            if (entry) resolve(entry.startTime);
        }).observe({type: 'paint', buffered: true});
    }));
    await context.close();
    return painted;
}

const laboratory = await Laboratory.open();
try {
    await firstPaint(laboratory);  // warm-up: starts the browser
    const painted = [];
    for (let i = 0; i < times; ++i) painted.push(await firstPaint(laboratory));
    painted.sort((a, b) => a - b);
    const median = (painted[(times - 1) >> 1] + painted[times >> 1]) / 2;
    console.log(`first contentful paint: ${median.toFixed(0)} ms, from ${painted[0].toFixed(0)} to ` +
        `${painted.at(-1).toFixed(0)} in ${times} runs; the limit is ${BAR_MS} ms`);
    process.exitCode = median < BAR_MS ? 0 : 1;
} finally {
    await laboratory.close();
}
