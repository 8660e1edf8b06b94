// The style of all charts: each server's colour, marker and dashes, and the defaults of Chart.js. The live page uses it too.

const MARKERS = ['circle', 'rect', 'triangle', 'rectRot', 'star', 'crossRot'];
// The dashes show the program, colour and marker show the server.
const DASHES = {raw: [], asio: [7, 3], 'asio-select': [2, 2], 'asio-io_uring': [9, 3, 2, 3]};
const COLOURS = 6;
const PLACES = COLOURS * MARKERS.length;  // pairs of a colour and a marker

// The servers of this project, each with a place of its own, as in svg.cpp. Those that are compared most differ in colour.
const PLACED = ['select', 'poll', 'epoll', 'io_uring', 'callbacks', 'blocking', 'nonblocking', 'coroutines', 'epoll-et', 'pool',
    'readiness', 'epoll-oneshot', 'epoll-exclusive', 'asio/blocking'];

// A server has the same place in all charts, runs and reports. Those that are not listed, the user's own for example, share
// the places that are left. On Asio's other backends a style differs in its dashes.
function placeOf(title) {
    const style = title.replace(/^asio-[^/]*\//, '');
    const place = PLACED.indexOf(style !== title && style === 'blocking' ? 'asio/blocking' : style);
    if (place >= 0) return place;
    const hash = new TextEncoder().encode(title).reduce((sum, byte) => (31 * sum + byte) % 65521, 0);
    return PLACED.length + hash % (PLACES - PLACED.length);
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// The look of servers. It needs to know their programs.
class ServerStyles {
    constructor(results) {
        this.servers = new Map();
        for (const scenario of results.scenarios)
            for (const {title, rows} of seriesIn(scenario)) this.add(title, rows.find((row) => row));
    }

    add(title, server) {
        if (!this.servers.has(title)) this.servers.set(title, server);
    }

    isGrey(title) {
        return isMinimal(this.servers.get(title) ?? {});
    }

    // The name of the variable in the style sheet.
    variable(title) {
        return this.isGrey(title) ? 'quiet' : `series-${placeOf(title) % COLOURS}`;
    }

    colour(title) {
        return colour(this.variable(title));
    }

    line(title) {
        const place = this.isGrey(title) ? 0 : placeOf(title);
        return {borderColor: this.colour(title), backgroundColor: this.colour(title), borderWidth: 2,
            borderDash: DASHES[this.servers.get(title)?.program] ?? [4, 4],
            pointStyle: MARKERS[(place + Math.floor(place / COLOURS)) % MARKERS.length], pointRadius: 4,
            pointHoverRadius: 6};
    }

    // The fill of a bar: only the bars of raw servers are solid.
    fill(title) {
        return isRaw(this.servers.get(title) ?? {}) ? this.colour(title) : striped(this.colour(title));
    }
}

function striped(solid) {
    const tile = el('canvas', {width: 6, height: 6});
    const ctx = tile.getContext('2d');
    ctx.strokeStyle = solid;
    ctx.lineWidth = 2;
    for (const shift of [-6, 0, 6]) {
        ctx.moveTo(shift, 6);
        ctx.lineTo(shift + 6, 0);
    }
    ctx.stroke();
    return ctx.createPattern(tile, 'repeat');
}

function themed(configuration) {
    Chart.defaults.color = colour('soft');
    Chart.defaults.borderColor = colour('line');
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.font.size = 12;
    configuration.options = {
        animation: false, responsive: true, maintainAspectRatio: false, ...configuration.options,
        plugins: {
            legend: {display: false},
            ...configuration.options.plugins,
            tooltip: {
                backgroundColor: colour('ink'), titleColor: colour('paper'), bodyColor: colour('paper'), padding: 10,
                boxPadding: 5, usePointStyle: true, ...configuration.options.plugins?.tooltip,
            },
        },
    };
    return configuration;
}

const titled = (text) => ({display: true, text, color: colour('soft')});

const SVG = 'http://www.w3.org/2000/svg';
const MARKER_PATHS = {
    circle: 'M15,2.5a3.5,3.5 0 1,0 .01,0z', triangle: 'M15,2l4,7h-8z', rect: 'M12,3h6v6h-6z', rectRot: 'M15,1.5l4.5,4.5l-4.5,4.5l-4.5,-4.5z',
    star: 'M15,2v8M11,6h8M12.2,3.2l5.6,5.6M12.2,8.8l5.6,-5.6', crossRot: 'M12,3l6,6M12,9l6,-6',
};

// A small sample of a server's line for the legend. It is drawn in currentColor, so recolouring sets only `color`.
function swatch(line, title) {
    const svg = document.createElementNS(SVG, 'svg');
    for (const [name, value] of Object.entries({viewBox: '0 0 30 12', width: 30, height: 12, 'aria-hidden': 'true'}))
        svg.setAttribute(name, value);
    svg.dataset.series = title;
    svg.style.color = line.borderColor;
    for (const [d, dash] of [['M0,6h30', line.borderDash.join(' ')], [MARKER_PATHS[line.pointStyle], '']]) {
        const path = document.createElementNS(SVG, 'path');
        path.setAttribute('d', d);
        path.setAttribute('stroke', 'currentColor');
        path.setAttribute('stroke-width', '1.8');
        path.setAttribute('fill', d.endsWith('z') ? 'currentColor' : 'none');
        if (dash) path.setAttribute('stroke-dasharray', dash);
        svg.append(path);
    }
    return svg;
}

function recolourSwatches(styles) {
    for (const svg of document.querySelectorAll('svg[data-series]')) svg.style.color = styles.colour(svg.dataset.series);
}
