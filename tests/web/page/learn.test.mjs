// The view Learn: the models and the claims of the article.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Answers, claimsRun} from './answers.mjs';
import {SHORT, goTo, wholeResultsAskedBy} from './fixture.mjs';
import {fixtureForTests} from './hooks.mjs';

let models;
const fixture = fixtureForTests({prepare: async ({service}) => { ({models} = await service.ask('GET', '/learn.json')); }});

const idsOf = (list) => [...new Set(list.flatMap(({claims}) => claims))];

// Opens a page on which every claim has this verdict.
async function pageWithClaims(verdict = 'not_measured') {
    const page = await fixture.page();
    const answers = await new Answers(page).open();
    answers.verdicts = Object.fromEntries(idsOf(models).map((id) => [id, verdict]));
    return {page, answers};
}

test('every model has a page with its servers, and links to their code and traces', async () => {
    const {page} = await pageWithClaims();
    const {servers} = await fixture.service.ask('GET', '/api/servers');
    for (const model of models) {
        await page.goto(`${fixture.service.url}/#learn/${model.id}`);
        await page.waitForSelector(`#model-title:text-is("${model.title}")`);
        assert.equal(await page.locator('.models [aria-current=page]').innerText(), model.title);
        assert.equal(await page.locator('.claims li').count(), model.claims.length);
        const here = model.servers.filter((name) => servers.some((server) => server.name === name));
        assert.deepEqual(await page.locator('.model-servers b').allInnerTexts(), here);
        assert.ok(await page.locator('.model-servers a:text-is("Read")').count() > 0);
        assert.ok(await page.locator('.model-servers a:text-is("See")').count() > 0);
    }
    assert.deepEqual(page.errors, []);
});

test('the pages name only existing servers', async () => {
    const {servers} = await fixture.service.ask('GET', '/api/servers');
    const known = servers.map(({name}) => name);
    const named = models.flatMap(({servers: shown, compare}) => [...shown, ...compare.servers]);
    // Servers on other backends are not built everywhere.
    assert.deepEqual(named.filter((name) => !known.includes(name) && !/^asio-/.test(name)), []);
});

test('every claim is on a page, which says that it is not tested yet', async () => {
    const {claims} = await fixture.service.ask('GET', '/api/claims');
    assert.deepEqual(idsOf(models).sort(), claims.map(({id}) => id).sort());
    const page = await fixture.page();
    await goTo(page, 'learn');
    await page.waitForSelector('#learn:has-text("Not tested on this machine yet")');
    const [first] = models[0].claims;
    const {claim, experiment} = claims.find(({id}) => id === first);
    const text = await page.locator('.claims li').first().innerText();
    for (const part of ['not measured', claim, experiment]) assert.ok(text.includes(part), part);
});

test('a page starts the test of the claims, follows it and shows the verdicts', async () => {
    const {page, answers} = await pageWithClaims();
    await goTo(page, 'learn');
    await page.waitForSelector('#learn:has-text("Not tested on this machine yet")');
    await page.click('button:text-is("Test the claims on this machine")');
    await page.waitForSelector('.claims-test button:text-is("Stop")');
    assert.deepEqual(answers.posted, [{kind: 'claims', quick: true}]);
    answers.send(claimsRun('running', {step: {server: null, step: 'claim 2/9', seconds_left: 3}}));
    await page.waitForSelector('.claims-test:has-text("claim 2/9, at most 3 s left")');
    answers.verdicts = Object.fromEntries(idsOf(models).map((id) => [id, 'does_not_hold']));
    answers.tested = {id: claimsRun().id, created: claimsRun().created};
    answers.store(claimsRun(), {});
    await page.waitForSelector('.claims .verdict.does_not_hold');
    await page.waitForSelector('#learn:has-text("Tested on 26 Nov 2026")');
    const [first] = models[0].claims;
    const text = await page.locator('.claims li').first().innerText();
    for (const part of ['does not hold', `A claim about ${first}.`, `A reason for ${first}.`, `Experiment: A test of ${first}.`, 'runs: 4', 'is true: yes'])
        assert.ok(text.includes(part), part);
    assert.ok(await page.locator('button:text-is("Test the claims on this machine")').isVisible());
    assert.deepEqual(page.errors, []);
});

test('after a reload the page shows the active test of the claims', async () => {
    const {page, answers} = await pageWithClaims();
    answers.send(claimsRun('running'));
    await page.reload();
    await page.click('#active-run a[href="#learn"]');
    await page.waitForSelector('.claims-test button:text-is("Stop")');
    answers.send({...claimsRun('failed'), error: 'out of memory'});
    await page.waitForSelector('.claims-test:has-text("Failed: out of memory. Test the claims again.")');
});

test('one click compares the servers of a model', async () => {
    const {page} = await pageWithClaims();
    await page.goto(`${fixture.service.url}/#learn/pool`);
    await page.click('button:text-is("Compare pool, blocking")');
    await page.waitForSelector('#run-title:text-is("pool, blocking")');
    const [{request}] = await fixture.service.runs();
    assert.deepEqual([request.servers, request.connections], [['pool', 'blocking'], 16]);
});

test('the page of a model shows the result of its comparison', async () => {
    const id = await fixture.service.finish({...SHORT, servers: ['pool', 'blocking'], connections: 16});
    await fixture.service.finish({...SHORT, servers: ['epoll', 'select'], connections: 16});
    const {page} = await pageWithClaims();
    const whole = wholeResultsAskedBy(page);
    await page.goto(`${fixture.service.url}/#learn/pool`);
    await page.waitForSelector(`#learn a[href="#run/${id}"]`);
    assert.deepEqual(whole, []);
    assert.match(await page.locator(`p:has(> a[href="#run/${id}"])`).innerText(), /(pool|blocking) is cheapest/);
    await page.goto(`${fixture.service.url}/#learn/asio`);
    await page.waitForSelector('#model-title:has-text("Asio")');
    assert.equal(await page.locator('#learn a[href^="#run/"]').count(), 0);
});

test('a page links to the code and the trace of its servers', async () => {
    const {page} = await pageWithClaims();
    await page.goto(`${fixture.service.url}/#learn/select`);
    await page.click('[aria-label="See select"]');
    await page.waitForSelector('#see .empty');
    assert.equal(await page.locator('.trace-form select').first().inputValue(), 'select');
    await page.goBack();
    await page.click('[aria-label="Read select"]');
    await page.waitForSelector('#read .about h3:has-text("raw/select.cpp")');
});
