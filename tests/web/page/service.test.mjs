// What the page does if the service ends, and where it shows errors.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {LONG, SHORT, Service, choose, fillLoad, goTo, until} from './fixture.mjs';
import {fixtureForTests} from './hooks.mjs';

// Within so many milliseconds a page says that the service has ended.
const NOTICED_MS = 3000;

const fixture = fixtureForTests({start: Service.startOnFixedPort});

// A page whose clock stands still until the test moves it.
async function pageWithoutTime() {
    const page = await fixture.page();
    await page.clock.install();
    await page.reload();
    await page.waitForSelector('form');
    return page;
}

async function restart() {
    const {port} = new URL(fixture.service.url);
    fixture.service = await Service.start(fixture.results, port);
}

const SAYS_SO = '#service:has-text("The service does not answer.") >> visible=true';
const SAYS_NOTHING = '#service[hidden]';

test('a page says that the service has ended, and continues when it is there again', async () => {
    const page = await pageWithoutTime();
    await page.waitForSelector(SAYS_NOTHING, {state: 'attached'});
    await fixture.service.stop();
    await page.clock.runFor(NOTICED_MS);
    await page.waitForSelector(SAYS_SO);
    await restart();
    await page.clock.runFor(NOTICED_MS);
    await page.waitForSelector(SAYS_NOTHING, {state: 'attached'});
    assert.deepEqual(page.errors, []);
});

test('a page that watches a run says that the service has ended, and what became of the run', async () => {
    const id = await fixture.service.begin(LONG);
    const page = await pageWithoutTime();
    await page.goto(`${fixture.service.url}/#run/${id}`);
    await page.waitForSelector('#run-state[data-state=running]');
    await fixture.service.stop();
    // The connection is lost before the clock moves.
    await page.clock.runFor(NOTICED_MS);
    await page.waitForSelector(SAYS_SO);
    await restart();
    await page.clock.runFor(NOTICED_MS);
    await page.waitForSelector(SAYS_NOTHING, {state: 'attached'});
    await page.waitForSelector('#run-state[data-state=interrupted]');
    await page.waitForFunction(() => document.querySelector('#active-run').textContent === '');
    assert.deepEqual(page.errors, []);
});

// How far the notice is below its cause, and whether it is in view. A page scrolls by whole pixels.
const noticeAt = (page, cause) => page.evaluate((selector) => {
    const [notice, button] = ['#notice', selector].map((one) => document.querySelector(one).getBoundingClientRect());
    const isInView = notice.top > -1 && notice.bottom < innerHeight + 1 && notice.left > -1 && notice.right < innerWidth + 1;
    return {isInView, distance: Math.round(Math.max(notice.top - button.bottom, 0))};
}, cause);

for (const width of [360, 1366])
    test(`errors appear beside what caused them, ${width} pixels wide`, async () => {
        const page = await fixture.page({viewport: {width, height: 700}});
        await page.waitForSelector('.first .legend button');  // what is loaded later moves the buttons
        await page.evaluate(() => localStorage.clear());  // without the token each of these fails
        for (const [view, button] of [['run', '#run form button.main'], ['run', '.first button.main'], ['see', '#see button.main'],
            ['learn', '.claims-test button']]) {
            await goTo(page, 'saved');  // there, the last error goes
            await goTo(page, view);
            await page.click(button);
            await page.waitForSelector('#notice:has-text("Open the link that the service printed")');
            let distance;
            await until(async () => {
                const at = await noticeAt(page, button);
                ({distance} = at);
                return at.isInView;
            });
            assert.ok(distance <= 100, `${view}: ${button} is ${distance} pixels away`);
        }
        assert.deepEqual(page.errors, []);
    });

test('an error stays in view while more of the page is loaded, until the user scrolls', async () => {
    const page = await fixture.page({viewport: {width: 1366, height: 700}});
    await page.evaluate(() => localStorage.clear());
    await page.click('.first button.main');
    await page.waitForSelector('#notice:has-text("Open the link that the service printed")');
    const isInView = async () => (await noticeAt(page, '.first button.main')).isInView;
    const grow = () => page.evaluate(() => {
        const loaded = document.createElement('div');
        loaded.style.height = '2000px';
        document.querySelector('#run').prepend(loaded);
    });
    await page.evaluate(() => { scrollTo({top: 0, behavior: 'instant'}); });  // there, a browser keeps no place
    await grow();
    await until(isInView);
    await page.mouse.wheel(0, -10000);
    await until(async () => await page.evaluate(() => scrollY) === 0);
    await grow();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    assert.equal(await isInView(), false);
});

test('an error goes when the next action succeeds, and not before', async () => {
    const page = await fixture.page();
    await page.evaluate(() => {
        window.token = localStorage.getItem('token');
        localStorage.clear();
    });
    await choose(page, SHORT.servers);
    await fillLoad(page, {connections: 4, rounds: 1, milliseconds: 50});
    await page.click('#run form button.main');
    await page.waitForSelector('#notice >> visible=true');
    await page.evaluate(() => localStorage.setItem('token', window.token));
    await page.click('#run form button.main');
    await page.waitForSelector('#verdicts table');
    assert.equal(await page.locator('#notice').isVisible(), false);
});

test('the focus stays on Start and on Stop', async () => {
    const page = await fixture.page();
    const focused = () => page.evaluate(() => document.activeElement.textContent);
    await choose(page, LONG.servers);
    await page.focus('#run form button.main');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#run-state[data-state=running]');
    await until(() => page.evaluate(() => !document.querySelector('#run form button.main').ariaDisabled));
    assert.equal(await focused(), 'Start');
    const stop = page.locator('#run button:text-is("Stop")').first();  // the other one is that of an explanation
    await stop.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('#run-state[data-state=stopped]');
    assert.equal(await focused(), 'Stop');
    // It goes with the focus.
    await page.keyboard.press('Shift+Tab');
    assert.equal(await stop.isVisible(), false);
    await page.focus('#run button:text-is("Run again")');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#run-state[data-state=running]');
    assert.equal(await focused(), 'Run again');
});
