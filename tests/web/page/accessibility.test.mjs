// Accessibility: keyboard, phone, screen reader, light and dark colours.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Answers, TRACE, claimsRun, traceRun} from './answers.mjs';
import {Fixture, SHORT, choose, fillLoad, goTo, violationsIn} from './fixture.mjs';

const VIEWS = ['run', 'read', 'see', 'learn', 'model', 'saved'];
// An element of each view that appears last.
const SHOWN = {run: '#verdicts table', read: '#read .code-line', see: '.calls-table', learn: '.claims li >> nth=3', model: '#model .answers > div >> nth=2',
    saved: '.saved'};

const MEASURED = {format: 'iomux-results', version: 2, created: '2026-11-26T04:00:00Z', scenarios: [{name: 'size', points: [{at: {size: 64},
    label: '64 bytes', baseline: 'epoll', rankings: [{figure: 'cpu_us_per_message', best: 'epoll', not_told_apart: [], order: ['epoll', 'poll']}],
    servers: ['epoll', 'poll'].map((title) => ({title, medians: {ratio: {value: 1}}}))}]}]};

let fixture;
let run;  // a finished run
before(async () => {
    fixture = await Fixture.open();
    run = await fixture.service.finish(SHORT);
});
after(() => fixture.close());

async function showAll(page) {
    const answers = await new Answers(page).open();
    answers.store(traceRun(), TRACE);
    answers.store(claimsRun(), {});
    answers.tested = claimsRun();
    answers.verdicts = {'blocking-suspends': 'holds', 'threads-take-resources': 'holds_only_when',
        'few-connections-for-threads': 'does_not_hold', 'files-block': 'not_measured'};
    await page.goto(`${fixture.service.url}/#run/${run}`);
    await page.waitForSelector('#verdicts table');
    await page.waitForSelector('.charts canvas >> nth=2');
    if (await page.locator('button:text-is("Pin")').isVisible()) await page.click('button:text-is("Pin")');
    await page.waitForSelector('.pinned');
}

const LOOKS = [['light', 'none', 1280], ['dark', 'none', 1400], ['light', 'none', 360], ['dark', 'none', 360], ['light', 'active', 1400],
    ['dark', 'active', 360]].map(([colorScheme, forcedColors, width]) => ({colorScheme, forcedColors, viewport: {width, height: 900}}));
const nameOf = ({colorScheme, forcedColors, viewport}) =>
    `${colorScheme}${forcedColors === 'active' ? ', forced colours' : ''}, ${viewport.width} pixels wide`;

for (const look of LOOKS)
    test(`axe finds no violations in any view, ${nameOf(look)}`, async () => {
        const page = await fixture.page(look);
        await checkByAxe(page, 'an empty page');
        await showAll(page);
        await fillLoad(page, {});
        for (const view of VIEWS) {
            await goTo(page, view);
            await page.waitForSelector(SHOWN[view]);
            await checkByAxe(page, view);
        }
        await page.click('.saved button:text-is("Name") >> nth=0');
        await page.click('.saved button:text-is("Delete") >> nth=0');
        await checkByAxe(page, 'a name and a confirmation in the view Saved');
        await goTo(page, 'model');
        await page.click('summary:text-is("Measure in a terminal instead")');
        await page.setInputFiles('#model-file', {name: 'model.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(MEASURED))});
        await page.waitForSelector('#model .choice');
        await checkByAxe(page, 'a choice');
    });

for (const look of LOOKS)
    test(`axe finds no violations in a report, ${nameOf(look)}`, async () => {
        const page = await fixture.page(look);
        await page.goto(`${fixture.service.url}/api/results/${run}/report`);
        await page.waitForSelector('html[data-drawn]');
        await page.evaluate(() => { for (const details of document.querySelectorAll('details')) details.open = true; });
        await checkByAxe(page, 'the report');
    });

test('with forced colours the current view is marked', async () => {
    const page = await fixture.page({forcedColors: 'active'});
    const marks = (links, side) => page.evaluate(([selector, border]) => [...document.querySelectorAll(selector)].map((link) =>
        [link.ariaCurrent !== null, getComputedStyle(link)[border]]), [links, `border${side}`]);
    const areTold = (all) => {
        const [current, other] = [true, false].map((isCurrent) => new Set(all.filter(([is]) => is === isCurrent).map(([, mark]) => mark)));
        return current.size === 1 && other.size > 0 && [...current].every((mark) => !other.has(mark));
    };
    for (const view of VIEWS) {
        await goTo(page, view);
        assert.ok(areTold(await marks('nav a[data-view]', 'Bottom')), view);
    }
    await goTo(page, 'learn');
    await page.waitForSelector('.models [aria-current]');
    assert.ok(areTold(await marks('.models a', 'Left')));
    await page.goto(`${fixture.service.url}/api/results/${run}/report`);
    await page.waitForSelector('html[data-drawn]');
    assert.ok(areTold(await marks('nav a', 'Bottom')));
});

async function checkByAxe(page, what) {
    assert.deepEqual(await violationsIn(page), [], what);
}

test('no view scrolls sideways on a phone', async () => {
    const page = await fixture.page({viewport: {width: 360, height: 740}, isMobile: true, hasTouch: true});
    await showAll(page);
    await fillLoad(page, {});
    for (const view of VIEWS) {
        await goTo(page, view);
        await page.waitForSelector(SHOWN[view]);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(wide, 0, view);
    }
});

const focused = (page) => page.evaluate(() => {
    const {activeElement: element} = document;
    return {name: element.name ?? '', value: element.value ?? '', text: element.textContent.trim().slice(0, 40),
        isPage: element === document.body, outline: getComputedStyle(element).outlineStyle};
});

// Presses Tab until the focus is there, and checks that the focus is always visible.
async function tabTo(page, isThere) {
    for (let presses = 0; presses < 80; ++presses) {
        await page.keyboard.press('Tab');
        const at = await focused(page);
        if (!at.isPage) assert.notEqual(at.outline, 'none', `the focus is not visible on ${JSON.stringify(at)}`);
        if (isThere(at)) return;
    }
    assert.fail('80 times Tab did not reach the element');
}

test('a run can be started with the keyboard alone', async () => {
    const page = await fixture.page();
    await choose(page, ['epoll']);
    await page.evaluate(() => document.activeElement.blur());
    await tabTo(page, ({text}) => text === 'Skip to the content');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.id === 'content');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
    await tabTo(page, ({value}) => value === 'select');
    await page.keyboard.press('Space');
    await tabTo(page, ({text}) => text === 'More load options');
    await page.keyboard.press('Enter');
    await tabTo(page, ({name}) => name === 'way');
    await page.keyboard.press('ArrowDown');
    for (const [name, value] of [['rounds', '1'], ['milliseconds', '50']]) {
        await tabTo(page, (at) => at.name === name);
        await page.keyboard.press('Control+A');
        await page.keyboard.type(value);
    }
    await page.keyboard.press('Enter');
    await page.waitForSelector('#verdicts table');
    assert.equal(await page.locator('#run-title').innerText(), 'select, epoll');
});

test('a message can be traced and its code read with the keyboard alone', async () => {
    const page = await fixture.page();
    await goTo(page, 'see');
    await page.waitForSelector('.trace-form');
    await tabTo(page, ({name}) => name === 'trace-size');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.calls-table');
    await tabTo(page, ({text}) => text === 'read');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#read .code-line');
    await tabTo(page, ({text}) => text === 'close');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#read button:text-is("close")[aria-current]');
});

test('every view has its own address and marks its link as current', async () => {
    const page = await fixture.page();
    page.on('console', (message) => { if (message.type() === 'error') page.errors.push(message.text()); });
    for (const view of VIEWS) {
        await page.goto(`${fixture.service.url}/#${view}`);
        await page.waitForSelector(`nav a[data-view=${view}][aria-current=page]`);
        await page.waitForSelector(`#${view}:not([hidden]) h2`, {state: 'attached'});
        assert.equal(await page.locator('main > section:not([hidden])').count(), 1);
    }
    assert.deepEqual(page.errors, []);
});

test('the title of the page names the view and what it shows', async () => {
    const page = await fixture.page();
    const answers = await new Answers(page).open();
    answers.store(traceRun(), TRACE);
    const titles = [[`run/${run}`, 'epoll, select, finished · Run · iomux'], ['read/epoll/poll', 'epoll, poll · Read · iomux'],
        [`see/${traceRun().id}`, 'epoll, blocking, io_uring, finished · See · iomux'], ['learn/epoll', 'epoll: the kernel keeps the set · Learn · iomux'], ['model/900/10/busy/50/64', '900 connections, 10 % of them active · Choose · iomux'],
        ['saved', 'Saved · iomux'],
        [`run/${run}`, 'epoll, select, finished · Run · iomux']];
    for (const [hash, title] of titles) {
        await page.goto(`${fixture.service.url}/#${hash}`);
        await page.waitForFunction((wanted) => document.title === wanted, title);
    }
    assert.deepEqual(page.errors, []);
});

test('a view that is requested twice while it loads is mounted once', async () => {
    const page = await fixture.page();
    let release;
    const released = new Promise((resolve) => { release = resolve; });
    await page.route('**/learn.js', async (route) => {
        await released;
        await route.continue();
    });
    for (const model of ['select', 'epoll']) await page.evaluate((hash) => { location.hash = hash; }, `#learn/${model}`);
    release();
    await page.waitForSelector('.models [aria-current=page]:has-text("epoll")');
    assert.equal(await page.locator('#learn h2').count(), 1);
});

test('after a view that cannot be loaded the next view is shown', async () => {
    const page = await fixture.page();
    await page.route('**/learn.js', (route) => route.abort());
    await page.click('nav a[data-view=learn]');
    await page.waitForSelector('#notice:not([hidden])');
    await goTo(page, 'saved');
    await page.waitForSelector('.saved');
});
