// The stacks of all samples as a graph: a function stands below its caller, and is as wide as its cost.

// The nodes of the tree, from the list in the results, in which a caller stands before its calls.
function treeOf({functions, stacks}) {
    const nodes = stacks.map(({function: place, us}) => ({...(functions[place] ?? {name: 'all', in: 'all'}), us, calls: []}));
    stacks.forEach(({caller}, i) => {
        if (caller === undefined || caller === null) return;
        nodes[i].caller = nodes[caller];
        nodes[caller].calls.push(nodes[i]);
    });
    for (const node of nodes.toReversed()) setWidth(node);
    return nodes[0];
}

// Of two servers, a function is as wide as the larger of its costs, so that stacks of one server alone are visible.
function setWidth(node) {
    const own = node.us.map((us, i) => Math.max(0, us - node.calls.reduce((sum, call) => sum + call.us[i], 0)));
    node.width = Math.max(...own) + node.calls.reduce((sum, call) => sum + call.width, 0);
    node.own = own;
}

const ROW = 20;               // pixels
const LEAST_SHARE = 0.0008;   // of the graph's width: narrower functions cannot be seen
const SHARE_WITH_TEXT = 0.02;

class FlameGraph {
    // `describe`: shows a node below the graph.
    constructor(tree, servers, describe) {
        Object.assign(this, {tree, servers, describe, zoomed: tree, current: tree, wanted: ''});
        this.largest = Math.max(...tree.calls.map(largestDifference), 1e-9);
        this.element = el('div', {class: 'flames', role: 'tree', 'aria-label': 'Stacks of functions, callers first',
            onclick: (event) => this.at(event, (node) => this.zoom(node)),
            onmouseover: (event) => this.at(event, this.describe), onkeydown: (event) => this.press(event),
            onfocusin: (event) => this.at(event, (node) => this.select(node))});
        this.show();
    }

    at(event, action) {
        const node = this.nodes.get(event.target.closest('.frame'));
        if (node) action(node);
    }

    zoom(node) {
        const hasFocus = this.element.contains(document.activeElement);
        this.zoomed = this.current = node;
        this.show();
        this.describe(node);
        if (hasFocus) this.elements.get(node).focus();
    }

    select(node) {
        this.elements.get(this.current)?.setAttribute('tabindex', -1);
        this.current = node;
        this.elements.get(node).setAttribute('tabindex', 0);
        this.describe(node);
    }

    // Returns the costs of the functions whose names contain the text, each stack counted once.
    search(text) {
        this.wanted = text.toLowerCase();
        for (const [node, element] of this.elements) element.classList.toggle('found', this.isFound(node));
        return this.servers.map((_, i) => this.costOfFound(this.tree, i));
    }
    isFound(node) { return this.wanted !== '' && node.name.toLowerCase().includes(this.wanted); }
    costOfFound(node, server) {
        if (this.isFound(node)) return node.us[server];
        return node.calls.reduce((sum, call) => sum + this.costOfFound(call, server), 0);
    }

    press(event) {
        const actions = {
            Enter: () => this.zoom(this.current), ' ': () => this.zoom(this.current),
            Escape: () => this.zoom(this.tree), Home: () => this.focus(this.tree),
            ArrowUp: () => this.focus(this.current.caller), ArrowDown: () => this.focus(widest(this.current)),
            ArrowLeft: () => this.focus(this.beside(-1)), ArrowRight: () => this.focus(this.beside(1)),
        };
        if (!actions[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        actions[event.key]();
    }
    focus(node) { this.elements.get(node)?.focus(); }
    beside(step) {
        const calls = this.current.caller?.calls.filter((call) => this.elements.has(call)) ?? [];
        return calls[calls.indexOf(this.current) + step];
    }

    show() {
        this.nodes = new Map();
        this.elements = new Map();
        this.depth = 0;
        const callers = [];
        for (let node = this.zoomed.caller; node; node = node.caller) callers.unshift(node);
        callers.forEach((node, depth) => this.add(node, 0, 1, depth));
        this.addAll(this.zoomed, 0, 1, callers.length);
        this.element.replaceChildren(...this.nodes.keys());
        this.element.style.height = `${(this.depth + 1) * ROW}px`;
    }

    addAll(node, left, width, depth) {
        if (width < LEAST_SHARE) return;
        this.add(node, left, width, depth);
        let at = left;
        for (const call of node.calls) {
            const share = width * call.width / node.width;
            this.addAll(call, at, share, depth + 1);
            at += share;
        }
    }

    add(node, left, width, depth) {
        this.depth = Math.max(this.depth, depth);
        const only = this.onlyIn(node);
        const name = (only === undefined ? '' : only === 0 ? '− ' : '+ ') + shortened(node.name);
        const element = el('div', {
            class: ['frame', this.colour(node), only === undefined ? '' : 'only', width < SHARE_WITH_TEXT ? 'narrow' : '',
                this.isFound(node) ? 'found' : ''].filter((one) => one).join(' '),
            role: 'treeitem', tabindex: node === this.current ? 0 : -1, 'aria-level': depth + 1,
            'aria-selected': node === this.zoomed, 'aria-label': `${node.name}: ${costsText(node.us, this.servers)}`,
        }, width < SHARE_WITH_TEXT ? '' : name);
        Object.assign(element.style, {left: `${left * 100}%`, width: `${width * 100}%`, top: `${depth * ROW}px`});
        this.nodes.set(element, node);
        this.elements.set(node, element);
    }

    // The place of the only server that has the stack.
    onlyIn({us}) { return us.length === 2 && us.some((one) => one === 0) ? us.findIndex((one) => one > 0) : undefined; }

    colour({us, in: where}) {
        if (us.length === 1) return `of-${where}`;
        const difference = us[1] - us[0];
        const step = Math.min(3, Math.floor(4 * Math.sqrt(Math.abs(difference) / this.largest)));
        return step === 0 ? 'same' : `${difference > 0 ? 'more' : 'less'}-${step}`;
    }
}

const largestDifference = (node) =>
    Math.max(Math.abs((node.us[1] ?? 0) - node.us[0]), ...node.calls.map(largestDifference));
const widest = (node) => node.calls.reduce((best, call) => (best && best.width >= call.width ? best : call), undefined);
// The last two parts of a C++ name.
const shortened = (name) => name.split('::').slice(-2).join('::');

const us = (value) => value.toFixed(2);
const signed = (value) => (us(Math.abs(value)) === '0.00' ? '0.00' : `${value < 0 ? '−' : '+'}${us(Math.abs(value))}`);
const costsText = (costs, servers) => costs.map((cost, i) => `${us(cost)} µs in ${servers[i]}`).join(', ') +
    (costs.length === 2 ? `, a difference of ${signed(costs[1] - costs[0])} µs` : '');
