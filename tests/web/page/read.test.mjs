// The view Read: whole source files side by side.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Answers, TRACE, comparisonRun, explanationRun, traceRun} from './answers.mjs';
import {Fixture, SHORT, goTo, wholeResultsAskedBy} from './fixture.mjs';

let fixture;
let files;  // the lines of each file, as text
before(async () => {
    fixture = await Fixture.open();
    const html = (await fixture.service.ask('GET', '/sources.json')).files;
    const text = (code) => code.replace(/<[^>]+>/g, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    files = Object.fromEntries(Object.entries(html).map(([path, code]) => [path, text(code).split('\n')]));
});
after(() => fixture.close());

const headsOf = (page) => page.locator('#read .about h3').allInnerTexts();

async function open(hash, options) {
    const page = await fixture.page(options);
    await page.goto(`${fixture.service.url}/${hash}`);
    await page.waitForSelector('#read .files > .columns .code-line');
    return page;
}

// For each column the rows, from the first: `{line, text, kind, sign, top}`; without `line` for a place that is left free.
const columnsOf = (page, where = '.files > .columns') => page.evaluate((selector) => [...document.querySelectorAll(`#read ${selector} .column`)].map((column) =>
    [...column.querySelectorAll('.code-line')].map((row) => ({
        line: Number(row.querySelector('.line-number')?.textContent), text: row.querySelector('code')?.textContent ?? '',
        kind: ['equal', 'changed', 'loose', 'filler'].find((kind) => row.classList.contains(kind)),
        sign: row.querySelector('.sign')?.textContent ?? '', isShown: !row.hidden, top: row.getBoundingClientRect().top,
    }))), where);

const lineIn = (path, text) => 1 + files[path].findIndex((line) => line.includes(text));
const rowOf = (page, side, line) => page.locator(`#read .files > .columns .column >> nth=${side} >> .code-line:has(.line-number:text-is("${line}"))`);
const isInView = (locator) => locator.evaluate((element) => {
    const {top, bottom} = element.getBoundingClientRect();
    const bar = document.querySelector('#read .code-bar').getBoundingClientRect();
    return top >= bar.bottom - 1 && bottom <= innerHeight;
});

test('the whole files of two servers are aligned line by line', async () => {
    const page = await open('#read');
    assert.deepEqual(await headsOf(page), ['epoll raw/epoll.cpp', 'poll raw/poll.cpp']);
    const columns = await columnsOf(page);
    ['raw/epoll.cpp', 'raw/poll.cpp'].forEach((path, side) => {
        const lines = columns[side].filter(({kind}) => kind !== 'filler');
        assert.deepEqual(lines.map(({text}) => text), files[path]);
        assert.deepEqual(lines.map(({line}) => line), files[path].map((_, i) => i + 1));
    });
    const [left, right] = columns;
    assert.equal(left.length, right.length);
    left.forEach((row, i) => {
        assert.ok(Math.abs(row.top - right[i].top) < 0.5, `row ${i}`);
        if (row.kind === 'equal') assert.equal(row.text.trim(), right[i].text.trim());
    });
    const beside = (text) => right[left.findIndex((row) => row.text.includes(text))].text;
    assert.match(beside('::epoll_wait('), /::poll\(/);
    assert.match(beside('void watch('), /void watch\(/);
    assert.deepEqual(page.errors, []);
});

test('a line that differs has a sign, a colour and its different words marked', async () => {
    const page = await open('#read/epoll/poll');
    const rows = (await columnsOf(page)).flat();
    for (const {kind, sign, text} of rows) {
        assert.equal(sign !== '', kind === 'changed' || kind === 'loose', text);
        if (kind === 'changed') assert.equal(sign, '~');
    }
    assert.deepEqual(new Set(rows.map(({sign}) => sign)), new Set(['', '~', '−', '+']));
    const colours = await page.evaluate(() => ['equal', 'changed', 'loose.side-0', 'loose.side-1'].map((kind) =>
        getComputedStyle(document.querySelector(`#read .code-line.${kind}`)).backgroundColor));
    assert.equal(new Set(colours).size, 4);
    const line = lineIn('raw/epoll.cpp', 'struct WatchedConnection');
    assert.deepEqual(await rowOf(page, 0, line).locator('mark').allTextContents(), ['WatchedConnection']);
});

test('long equal parts are folded, and can be opened one by one or all', async () => {
    const page = await open('#read/epoll/epoll-exclusive');
    const hidden = async () => (await columnsOf(page))[0].filter(({isShown}) => !isShown).length;
    const all = await hidden();
    assert.ok(all > 10);
    const button = page.locator('#read .column >> nth=0 >> button.fold >> nth=0');
    const count = Number((await button.innerText()).match(/(\d+) equal lines/)[1]);
    await button.press('Enter');
    await page.waitForFunction((left) => document.querySelectorAll('#read .column:first-child .code-line[hidden]').length === left, all - count);
    assert.ok(await page.evaluate(() => document.activeElement.classList.contains('code-line')));
    await page.uncheck('#read input[type=checkbox]');
    assert.equal(await hidden(), 0);
    await page.check('#read input[type=checkbox]');
    assert.equal(await hidden(), all);
});

test('lines are not broken: a column scrolls, the page does not, and all columns scroll together', async () => {
    for (const width of [360, 768, 1366]) {
        const page = await open('#read/epoll/callbacks', {viewport: {width, height: 800}});
        const seen = await page.evaluate(() => ({
            isWide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
            heights: [...new Set([...document.querySelectorAll('#read .code-line:not([hidden])')].map((row) => row.getBoundingClientRect().height))],
            scrolls: [...document.querySelectorAll('#read .columns .column')].some((column) => column.scrollWidth > column.clientWidth),
        }));
        assert.deepEqual(seen, {isWide: false, heights: [20], scrolls: true}, `${width}`);
    }
    const page = await open('#read/epoll/callbacks');
    await page.evaluate(() => { document.querySelector('#read .column').scrollLeft = 50; });
    await page.waitForFunction(() => [...document.querySelectorAll('#read .files > .columns .column')].every(({scrollLeft}) => scrollLeft === 50));
});

test('three servers have three columns', async () => {
    const page = await open('#read/epoll/poll');
    const equal = (columns) => columns[0].filter(({kind}) => kind === 'equal').length;
    const ofTwo = equal(await columnsOf(page));
    await page.selectOption('#read select >> nth=2', 'raw/select');
    assert.deepEqual(await headsOf(page), ['epoll raw/epoll.cpp', 'poll raw/poll.cpp', 'select raw/select.cpp']);
    const columns = await columnsOf(page);
    assert.deepEqual(columns.map((rows) => rows.filter(({kind}) => kind !== 'filler').map(({text}) => text)),
        ['raw/epoll.cpp', 'raw/poll.cpp', 'raw/select.cpp'].map((path) => files[path]));
    assert.ok(equal(columns) < ofTwo);
    const lefts = await page.evaluate(() => [...document.querySelectorAll('#read .files > .columns .column')].map((column) => column.getBoundingClientRect().left));
    assert.ok(lefts[0] < lefts[1] && lefts[1] < lefts[2]);
});

test('on a phone the files are in one column, and each line says which file has it', async () => {
    const page = await open('#read/epoll/poll', {viewport: {width: 360, height: 740}, isMobile: true, hasTouch: true});
    const [rows, ...others] = await columnsOf(page);
    assert.deepEqual(others, []);
    const of = (side) => rows.filter(({kind, sign}) => kind === 'equal' || sign === `${side}`).map(({text}) => text.trim());
    assert.deepEqual(of(1), files['raw/epoll.cpp'].map((line) => line.trim()));
    assert.deepEqual(of(2), files['raw/poll.cpp'].map((line) => line.trim()));
    await page.setViewportSize({width: 1366, height: 740});
    await page.waitForFunction(() => document.querySelectorAll('#read .files > .columns .column').length === 2);
});

test('a stage is shown and marked in all files, and the address has it', async () => {
    const page = await open('#read/epoll/select');
    const marked = () => page.evaluate(() => [...document.querySelectorAll('#read .files > .columns .column')].map((column) =>
        [...column.querySelectorAll('.code-line.marked')].map((row) => row.querySelector('code').textContent).join('\n')));
    await page.click('#read button:text-is("watch")');
    await page.waitForSelector('#read button:text-is("watch")[aria-current]');
    assert.ok(await isInView(rowOf(page, 0, lineIn('raw/epoll.cpp', 'void watch('))));
    const [left, right] = await marked();
    assert.match(left, /void watch\([^]*void watch_listener\(/);
    assert.match(right, /void watch\(/);
    assert.doesNotMatch(left, /void wait\(/);
    assert.deepEqual(decodeURIComponent(new URL(page.url()).hash).split('/').slice(1), ['raw', 'epoll', 'raw', 'select', 'watch']);
    await page.reload();
    await page.waitForSelector('#read button:text-is("watch")[aria-current]');
    await page.waitForSelector('#read .code-line.marked');
    assert.deepEqual(await marked(), [left, right]);
    assert.deepEqual(page.errors, []);
});

test('a page that finds the service again stays where the user reads', async () => {
    const page = await open('#read/epoll/poll/watch');
    await page.waitForFunction(() => scrollY > 0);
    await page.evaluate(() => scrollTo({top: 0, behavior: 'instant'}));
    // The page does the same when the service answers again. The view asks for the results last.
    await Promise.all([page.waitForResponse('**/api/results'), page.evaluate(() => dispatchEvent(new HashChangeEvent('hashchange')))]);
    assert.equal(await page.evaluate(() => scrollY), 0);
    await goTo(page, 'see');
    await page.goto(`${fixture.service.url}/#read/epoll/poll/watch`);
    await page.waitForFunction(() => scrollY > 0);
});

test('addresses of servers and a stage, as they were before whole files, are understood', async () => {
    const page = await open(`#read/epoll/select/${encodeURIComponent('asio/blocking')}/close`);
    await page.waitForSelector('#read button:text-is("close")[aria-current]');
    assert.deepEqual(await headsOf(page), ['epoll raw/epoll.cpp', 'select raw/select.cpp', 'blocking asio/blocking.cpp']);
    assert.ok(await isInView(rowOf(page, 0, lineIn('raw/epoll.cpp', 'void close('))));
    await page.goto(`${fixture.service.url}/#read/poll`);
    await page.waitForSelector('#read .about h3:has-text("poll raw/poll.cpp")');
    assert.deepEqual(await headsOf(page), ['poll raw/poll.cpp', 'select raw/select.cpp']);
});

test('a line has an address', async () => {
    const page = await open('#read/epoll/poll');
    const line = lineIn('raw/poll.cpp', '::poll(');
    await rowOf(page, 1, line).locator('.line-number').click();
    await page.waitForSelector('#read .code-line.marked');
    const hash = `#read/raw%2Fepoll/raw%2Fpoll/raw%2Fpoll.cpp:${line}`;
    assert.equal(new URL(page.url()).hash, hash);
    const other = await open(hash);
    assert.equal(await other.locator('#read .code-line.marked').count(), 1);
    assert.match(await other.locator('#read .code-line.marked').innerText(), /::poll\(/);
    assert.ok(await isInView(rowOf(other, 1, line)));
});

test('a stage or a line in a file that servers share opens that file', async () => {
    const page = await open('#read/epoll/poll/run');
    const shared = page.locator('#read details.shared[data-path="raw/readiness_loop.hpp"]');
    await shared.locator('.code-line.marked >> nth=0').waitFor();
    assert.match((await shared.locator('.code-line.marked').allInnerTexts()).join('\n'), /void run\(\)/);
    const [rows] = await columnsOf(page, 'details.shared');
    assert.deepEqual(rows.map(({text}) => text), files['raw/readiness_loop.hpp']);
    const lined = await open('#read/epoll/callbacks/asio%2Fservice.cpp:30');
    assert.equal((await lined.locator('#read .code-line.marked').innerText()).split(/\s+/)[0], '30');
    assert.deepEqual(page.errors, []);
});

test('pointing at a system call, or the focus on its line, marks the calls of the other files that do the same', async () => {
    const page = await open('#read/epoll/poll');
    const related = () => page.locator('#read .call.related').allTextContents();
    await rowOf(page, 0, lineIn('raw/epoll.cpp', '::epoll_wait(')).locator('.call').hover();
    assert.deepEqual(await related(), ['::epoll_wait', '::poll']);
    await rowOf(page, 1, lineIn('raw/poll.cpp', '::recv(')).locator('.line-number').focus();
    assert.deepEqual(await related(), ['::recv', '::recv']);
    // A line without a call changes nothing.
    await rowOf(page, 1, lineIn('raw/poll.cpp', 'void read(')).hover();
    assert.deepEqual(await related(), ['::recv', '::recv']);
    assert.deepEqual(page.errors, []);
});

test('a server without the stage says why', async () => {
    const page = await open('#read/epoll/blocking/wait');
    await page.waitForSelector('#read .stage-note:has-text("raw/blocking.cpp has no function and no system call for this stage")');
    await page.click('#read button:text-is("read")');
    await page.waitForSelector('#read .stage-note', {state: 'hidden'});
});

test('the keys n and p, and two buttons, move from difference to difference', async () => {
    const page = await open('#read/epoll/poll');
    const at = () => page.evaluate(() => Number(document.activeElement.querySelector('.line-number')?.textContent));
    const starts = (await columnsOf(page))[0].map((row, i, rows) => (row.kind !== 'equal' && (i === 0 || rows[i - 1].kind === 'equal') ? row.line : null)).filter((line) => line);
    await page.keyboard.press('n');
    assert.equal(await at(), starts[0]);
    await page.keyboard.press('n');
    await page.keyboard.press('n');
    assert.equal(await at(), starts[2]);
    assert.ok(await isInView(rowOf(page, 0, starts[2])));
    assert.match(await page.locator('#read .to-differences [role=status]').innerText(), /^3 of \d+$/);
    await page.keyboard.press('p');
    assert.equal(await at(), starts[1]);
    await page.click('#read button:has-text("Next difference")');
    assert.equal(await at(), starts[2]);
    // A key that is meant for a control, or for another view, is left to it.
    await page.focus('#read select >> nth=0');
    await page.keyboard.press('n');
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'SELECT');
});

const CALLS = {epoll_wait: 1, recvfrom: 1.25, sendto: 1, futex: 0.5};
const resultsWith = (...servers) => ({format: 'iomux-results', scenarios: [{points: [{servers: servers.map((name) =>
    ({program: 'raw', name, title: name, system_calls: {all_per_message: 3.75, per_message: CALLS}}))}]}]});
const costAt = (page, side, path, text) => rowOf(page, side, lineIn(path, text)).locator('.cost');

test('without a run no line has a cost', async () => {
    const page = await open('#read/epoll/poll');
    await page.waitForSelector('#read .lead:has-text("after a run has counted them")');
    assert.equal((await page.locator('#read .cost').allTextContents()).join(''), '');
});

test('the calls per message of the newest run with a server stand beside its lines', async () => {
    const page = await fixture.page();
    const answers = await new Answers(page).open();
    const run = {...comparisonRun('finished'), request: {...comparisonRun('finished').request, servers: ['epoll', 'pool']}};
    answers.store(run, resultsWith('epoll', 'pool'));
    const whole = wholeResultsAskedBy(page);
    await page.goto(`${fixture.service.url}/#read/epoll/poll`);
    await page.waitForSelector('#read .columns.with-costs');
    assert.deepEqual(whole, []);
    assert.equal(await costAt(page, 0, 'raw/epoll.cpp', '::recv(').innerText(), '1.25');
    assert.equal(await costAt(page, 0, 'raw/epoll.cpp', '::epoll_wait(').innerText(), '1.00');
    assert.equal(await costAt(page, 0, 'raw/epoll.cpp', '::epoll_ctl(').innerText(), '0.00');
    assert.equal(await costAt(page, 0, 'raw/epoll.cpp', 'void read(').innerText(), '');
    // poll was in no run.
    assert.equal((await page.locator('#read .column >> nth=1 >> .cost').allTextContents()).join(''), '');
    assert.match(await page.locator('#read .of-servers').innerText(), /epoll: 3.75 system calls per message in the run of .*\(4 busy connections; .*By code outside these files: futex 0.50/);
    assert.equal(await page.locator('#read .of-servers a').getAttribute('href'), `#run/${run.id}`);
    assert.deepEqual(page.errors, []);
});

test('a count that several lines share is marked as a sum', async () => {
    const page = await fixture.page();
    const costs = await page.evaluate(async () => {
        const {costsOfLines, linesWithCalls} = await import('/line_costs.js');
        const call = (name) => `<span class="call">::${name}</span>(fd);`;
        const lines = linesWithCalls({files: ['a.cpp', 'b.hpp']}, {'a.cpp': [call('recv'), '', call('send')], 'b.hpp': [call('recv'), call('io_uring_prep_recv')]});
        return [...costsOfLines('a.cpp', lines, {counts: new Map([['recvfrom', 2], ['sendto', 1]])})].map(([line, {text, title}]) => [line, text, title]);
    });
    assert.deepEqual(costs, [[1, 'Σ2.00', 'recvfrom: 2.00 calls per message, together with b.hpp:1'], [3, '1.00', 'sendto: 1.00 calls per message']]);
});

test('a real run shows its counts, even if a trace is newer', async () => {
    const id = await fixture.service.finish(SHORT);
    const page = await fixture.page();
    const answers = await new Answers(page).open();
    answers.store(traceRun(), TRACE);
    await page.goto(`${fixture.service.url}/#read/epoll/select`);
    const {scenarios} = await fixture.service.ask('GET', `/api/results/${id}`);
    if (scenarios[0].points[0].servers.some((server) => server.system_calls)) await page.waitForSelector(`#read .of-servers a[href="#run/${id}"]`);
    else await page.waitForSelector('#read .lead:has-text("after a run has counted them")');
    assert.deepEqual(page.errors, []);
});

test('the calls of the active run stand beside the lines while it runs', async () => {
    const page = await fixture.page();
    const answers = await new Answers(page).open();
    const counted = (calls) => comparisonRun('running', {servers: [{title: 'epoll', rounds: 1, system_calls: calls}, {title: 'select', rounds: 0, system_calls: null}]});
    answers.runs.set(counted(null).id, counted(null));
    await page.reload();
    await page.waitForSelector('#active-run a');
    await page.goto(`${fixture.service.url}/#read/epoll/pool`);
    await page.waitForSelector('#read .files > .columns .code-line');
    assert.equal(await page.locator('#read .cost.now').count(), 0);
    answers.send(counted({recvfrom: 1, sendto: 1.25, epoll_wait: 0.5}));
    const cost = costAt(page, 0, 'raw/epoll.cpp', '::recv(');
    await page.waitForSelector('#read .cost.now:text-is("1.25")');
    assert.equal(await cost.innerText(), '1.00');
    await page.waitForSelector('#read .lead:has-text("the active run")');
    answers.send(counted({recvfrom: 1.5, sendto: 1.25, epoll_wait: 0.5}));
    await page.waitForSelector('#read .cost.now:text-is("1.50")');
    answers.send({...counted({recvfrom: 1.5}), state: 'stopped'});
    await page.waitForFunction(() => document.querySelectorAll('#read .cost.now').length === 0);
    assert.deepEqual(page.errors, []);
});

// `poll` spends 0.5 + 0.25 µs in recvfrom, of which 0.25 in a function below it.
const EXPLANATION = {format: 'iomux-explanation', version: 1, work: {text: '64 connections'},
    servers: [{server: 'poll', program: 'raw', name: 'poll'}, {server: 'pool', program: 'raw', name: 'pool'}],
    functions: [{name: 'main', in: 'program'}, {name: '__x64_sys_recvfrom', in: 'kernel'}, {name: 'tcp_recvmsg', in: 'kernel'}],
    stacks: [{function: null, caller: null, us: [3, 3]}, {function: 0, caller: 0, us: [3, 3]}, {function: 1, caller: 1, us: [0.75, 0.5]}, {function: 2, caller: 2, us: [0.25, 0.25]}]};

// The same, with times of lines. `pool` has none.
async function withLines() {
    const {commit} = await fixture.service.ask('GET', '/api/servers');
    const at = (text, us) => ({file: 'raw/poll.cpp', line: lineIn('raw/poll.cpp', text), us});
    const lines = [at('::recv(', 1), at('::poll(', 1.75), at('void read(', 0.125), at('void write(', 0.004),
        {file: 'raw/readiness_loop.hpp', line: lineIn('raw/readiness_loop.hpp', 'void run()'), us: 3}, {file: 'src/server/serve.cpp', line: 7, us: 3}];
    return {...EXPLANATION, environment: {commit}, servers: EXPLANATION.servers.map((server, i) => ({...server, sampled_us: 2.9, lines: i === 0 ? lines : []}))};
}

const opener = async (page) => {
    await page.click('#read summary:has-text("CPU time of each line")');
    return (explanation) => page.setInputFiles('#read input[type=file]', {name: 'why.json', mimeType: 'application/json',
        buffer: Buffer.from(typeof explanation === 'string' ? explanation : JSON.stringify(explanation))});
};

test('each line has its own time with all that it calls, also lines without a system call', async () => {
    const page = await open('#read/poll/pool/raw%2Freadiness_loop.hpp:1');
    const file = await opener(page);
    await file(await withLines());
    await page.waitForSelector('#read .columns.with-costs');
    const cost = (text) => costAt(page, 0, 'raw/poll.cpp', text);
    assert.equal(await cost('::recv(').innerText(), '1.00 µs');
    assert.equal(await cost('::recv(').getAttribute('title'), 'recvfrom: 1.00 of 3.00 µs per message in this line, with all that it calls');
    assert.equal(await cost('::poll(').innerText(), '1.75 µs');
    assert.equal(await cost('::send(').innerText(), '0.00 µs', 'never sampled there');
    assert.equal(await cost('void read(').innerText(), '0.13 µs');
    assert.match(await cost('void read(').getAttribute('class'), /none/);
    assert.equal(await cost('void write(').innerText(), '', 'too little to show');
    const shared = page.locator(`#read details.shared[data-path="raw/readiness_loop.hpp"] .code-line:has(.line-number:text-is("${lineIn('raw/readiness_loop.hpp', 'void run()')}")) .cost`);
    assert.equal(await shared.innerText(), '3.00 µs');
    // pool has the times of its calls, and the page says why.
    assert.equal(await costAt(page, 1, 'raw/pool.cpp', '::recv(').innerText(), '0.50 µs');
    await page.waitForSelector('#read .explanation [role=status]:has-text("no times of lines (pool had no samples in lines of these sources)")');
    await page.waitForSelector('#read .code-legend:has-text("CPU time per message in the line and in all that it calls")');
    assert.deepEqual(page.errors, []);
});

test('lines of other sources have no times, and the page says which commit was measured', async () => {
    const page = await open('#read/poll/pool');
    const file = await opener(page);
    await file({...await withLines(), environment: {commit: 'abcdef123456'}});
    await page.waitForSelector('#read .explanation [role=status]:has-text("the measured servers are those of commit abcdef123456")');
    assert.equal(await costAt(page, 0, 'raw/poll.cpp', '::recv(').innerText(), '0.75 µs');
    assert.equal(await costAt(page, 0, 'raw/poll.cpp', 'void read(').innerText(), '');
    await page.waitForSelector('#read .code-legend:has-text("CPU time per message in the kernel")');
    assert.deepEqual(page.errors, []);
});

test('two lines that make the same call have their own times, and share its count', async () => {
    const page = await fixture.page();
    const costs = await page.evaluate(async () => {
        const {costsOfLines, linesWithCalls} = await import('/line_costs.js');
        const call = '<span class="call">::recv</span>(fd);';
        const lines = linesWithCalls({files: ['a.cpp']}, {'a.cpp': [call, '', call, '']});
        const times = {calls: new Map([['recvfrom', 3]]), total: 5, lines: new Map([['a.cpp', new Map([[1, 1], [2, 4], [3, 2.5], [4, 0.009]])], ['b.cpp', new Map([[9, 5]])]])};
        return [times, {...times, lines: undefined}, {...times, calls: undefined, lines: undefined}].map((one) => [...costsOfLines('a.cpp', lines, {counts: new Map([['recvfrom', 2]]), times: one})].map(([line, {text}]) => [line, text]));
    });
    assert.deepEqual(costs, [[[1, 'Σ2.00 · 1.00 µs'], [3, 'Σ2.00 · 2.50 µs'], [2, '4.00 µs']], [[1, 'Σ2.00 · Σ3.00 µs'], [3, 'Σ2.00 · Σ3.00 µs']], [[1, 'Σ2.00'], [3, 'Σ2.00']]]);
});

test('an explanation without times of lines shows the time of each call, and a wrong file says so', async () => {
    const page = await open('#read/poll/pool');
    const file = await opener(page);
    await page.waitForSelector('#read code:text-is("./iomux compare explain poll pool --json why.json")');
    await file('{"format": "iomux-results"}');
    await page.waitForSelector('#read .explanation [role=status]:has-text("Cannot read why.json: it is no explanation of version 1")');
    assert.equal((await page.locator('#read .cost').allTextContents()).join(''), '');
    await file(EXPLANATION);
    await page.waitForSelector('#read .columns.with-costs');
    assert.match(await costAt(page, 0, 'raw/poll.cpp', '::recv(').innerText(), /0\.75 µs$/);
    assert.match(await costAt(page, 1, 'raw/pool.cpp', '::recv(').innerText(), /0\.50 µs$/);
    await page.waitForSelector('#read .explanation [role=status]:has-text("Times of poll, pool with 64 connections")');
    await page.waitForSelector('#read .explanation [role=status]:has-text("no times of lines (an older program has written it)")');
    await file({...EXPLANATION, servers: EXPLANATION.servers.map((one) => ({...one, server: `\u202e${one.server}\x1b`}))});
    await page.waitForSelector('#read .explanation [role=status]:has-text("Times of \\\\xe2\\\\x80\\\\xaepoll\\\\x1b, ")');
    assert.deepEqual(page.errors, []);
});

test('the time of a system call is known by both names of its function in the kernel', async () => {
    const page = await fixture.page();
    const names = ['main', '__x64_sys_sendto', '__do_sys_sendto', '__do_sys_io_uring_enter'];
    const times = await page.evaluate(async (explanation) => {
        const {timesIn} = await import('/line_costs.js');
        return timesIn(explanation).map(({calls}) => [...calls]);
    }, {servers: [{}], functions: names.map((name) => ({name})), stacks: [{function: null, caller: null, us: [3]}, {function: 0, caller: 0, us: [3]},
        {function: 1, caller: 1, us: [1]}, {function: 2, caller: 2, us: [0.75]}, {function: 3, caller: 1, us: [2]}]});
    assert.deepEqual(times, [[['sendto', 1], ['io_uring_enter', 2]]]);
});

test('the newest explanation that the service has kept shows its times', async () => {
    const page = await fixture.page();
    const answers = await new Answers(page).open();
    const run = explanationRun('finished', {request: {kind: 'explanation', servers: ['poll', 'pool'], connections: 64, size: 64}});
    answers.store(run, EXPLANATION);
    await page.goto(`${fixture.service.url}/#read/poll/pool`);
    await page.waitForSelector('#read .columns.with-costs');
    assert.match(await costAt(page, 0, 'raw/poll.cpp', '::recv(').innerText(), /0\.75 µs$/);
    assert.match(await costAt(page, 1, 'raw/pool.cpp', '::recv(').innerText(), /0\.50 µs$/);
    await page.waitForSelector('#read .lead:has-text("CPU times of poll and pool (64 busy connections, 64 bytes): the explanation of")');
    await page.waitForSelector('#read .lead:has-text("no times of lines (an older program has written it)")');
    assert.equal(await page.locator('#read .lead a:has-text("the explanation of")').getAttribute('href'), `/api/results/${run.id}/report`);
    // A file that the user opens is shown instead.
    const file = await opener(page);
    await file({...EXPLANATION, stacks: EXPLANATION.stacks.map((stack) => ({...stack, us: stack.us.map((us) => 2 * us)}))});
    await page.waitForSelector('#read .explanation [role=status]:has-text("Times of poll, pool")');
    assert.match(await costAt(page, 0, 'raw/poll.cpp', '::recv(').innerText(), /1\.50 µs$/);
    assert.equal(await page.locator('#read .lead:has-text("CPU times of")').isVisible(), false);
    // Servers that no explanation has are without times.
    await page.reload();
    await page.goto(`${fixture.service.url}/#read/select/nonblocking`);
    await page.waitForSelector('#read h3:has-text("nonblocking")');
    await page.waitForFunction(() => document.querySelector('#read code').textContent.includes('select nonblocking'));
    assert.equal(await page.locator('#read .lead:has-text("CPU times of")').isVisible(), false);
    assert.deepEqual(page.errors, []);
});

// Rows of `align`, as texts: `a|b` with the kind in front.
const aligned = (page, ...texts) => page.evaluate(async (given) => {
    const {align} = await import('/alignment.js');
    return align(given.map((lines) => lines.map((text) => ({text})))).map(({kind, cells}) => `${kind}: ${cells.map((cell) => cell?.text ?? '').join(' | ')}`);
}, texts);

test('files are aligned by equal lines, then by similar ones', async () => {
    const page = await fixture.page();
    assert.deepEqual(await aligned(page, ['int a = 1;', 'read(a);'], ['int a = 1;', 'read(a);']), ['equal: int a = 1; | int a = 1;', 'equal: read(a); | read(a);']);
    assert.deepEqual(await aligned(page, ['read(first);', 'x();'], ['y();', 'read(second);', 'x();']),
        ['loose:  | y();', 'changed: read(first); | read(second);', 'equal: x(); | x();']);
    assert.deepEqual(await aligned(page, ['one();', 'end();'], ['two();', 'three();', 'end();']), ['loose: one(); | two();', 'loose:  | three();', 'equal: end(); | end();']);
    // A comment is no code, however many words they share, and a brace alone binds nothing.
    assert.deepEqual(await aligned(page, ['// wait for a client'], ['wait(for_a, client);']), ['loose: // wait for a client | wait(for_a, client);']);
    assert.deepEqual(await aligned(page, ['a(x);'], []), ['loose: a(x); | ']);
    assert.deepEqual(await aligned(page, ['a(x);', 'b(x, y);'], ['b(x, y);'], ['a(x);', 'b(x, z);']),
        ['changed: a(x); |  | a(x);', 'changed: b(x, y); | b(x, y); | b(x, z);']);
});

test('the different parts of two similar lines are whole words', async () => {
    const page = await fixture.page();
    const parts = (one, other) => page.evaluate(async ([text, beside]) => (await import('/alignment.js')).differingParts(text, beside).map(([from, to]) => text.slice(from, to)), [one, other]);
    assert.deepEqual(await parts('read(first, 1);', 'read(second, 1);'), ['first']);
    assert.deepEqual(await parts('same', 'same'), []);
    assert.deepEqual(await parts('a b', 'a'), [' b']);
    assert.deepEqual(await parts('a', ''), ['a']);
});
