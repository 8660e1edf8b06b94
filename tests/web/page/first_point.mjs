// Measures how long it takes from the press of "Measure this on my machine" until the picture has its first point: the
// median of several runs, each of which is then stopped. This is a benchmark, to be run by hand on an idle machine. The
// limit is 5 s.
//   IOMUX_SERVE=… tests/web/page/run BUILD first_point.mjs [TIMES]
import {Fixture} from './fixture.mjs';

const LIMIT_S = 5;
const times = Number(process.argv[2] ?? 5);

async function secondsToFirstPoint(fixture) {
    const page = await fixture.page();
    await page.waitForFunction(() => document.querySelector('.first .legend button'));
    const seconds = await page.evaluate(() => new Promise((resolve) => {
        const badge = document.querySelector('.first .badge');
        const begin = performance.now();
        // The badge changes in the step that draws the first point.
        new MutationObserver(() => requestAnimationFrame(() => resolve((performance.now() - begin) / 1000)))
            .observe(badge, {childList: true, characterData: true, subtree: true});
        [...document.querySelectorAll('.first button')].find(({textContent}) => textContent === 'Measure this on my machine').click();
    }));
    const measured = await page.evaluate(() => Chart.getChart(document.querySelector('.first canvas')).data.datasets
        .filter(({data}) => data.some((value) => value !== null)).length);
    if (measured === 0) throw new Error('the picture changed without a point');
    await fixture.service.stopAll();
    await fixture.closePages();
    return seconds;
}

const fixture = await Fixture.open();
try {
    const seconds = [];
    for (let i = 0; i < times; ++i) seconds.push(await secondsToFirstPoint(fixture));
    seconds.sort((a, b) => a - b);
    const median = (seconds[(times - 1) >> 1] + seconds[times >> 1]) / 2;
    console.log(`first point: ${median.toFixed(1)} s after the press, from ${seconds[0].toFixed(1)} to ` +
        `${seconds.at(-1).toFixed(1)} in ${times} runs; the limit is ${LIMIT_S} s`);
    process.exitCode = median < LIMIT_S ? 0 : 1;
} finally {
    await fixture.close();
}
