// The style of all charts: each server's colour, marker and dashes, and the defaults of Chart.js. The live page uses it too.

const MARKERS = ['circle', 'triangle', 'rect', 'rectRot', 'star', 'crossRot'];
// The dashes show the program, colour and marker show the server.
const DASHES = {raw: [], asio: [7, 3], 'asio-select': [2, 2], 'asio-io_uring': [9, 3, 2, 3]};
const COLOURS = 6;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// The same server looks the same in every chart.
class ServerStyles {
    constructor(results) {
        this.places = new Map();
        for (const scenario of results.scenarios)
            for (const {title, rows} of seriesIn(scenario)) this.add(title, rows.find((row) => row));
    }

    add(title, server) {
        if (!this.places.has(title)) this.places.set(title, {place: this.places.size, server});
    }

    colour(title) {
        const {place, server} = this.places.get(title) ?? {place: 0};
        return server && isMinimal(server) ? colour('quiet') : colour(`series-${place % COLOURS}`);
    }

    line(title) {
        const {place, server} = this.places.get(title) ?? {place: 0};
        return {borderColor: this.colour(title), backgroundColor: this.colour(title), borderWidth: 2,
            borderDash: DASHES[server?.program] ?? [4, 4],
            pointStyle: MARKERS[(place + Math.floor(place / COLOURS)) % MARKERS.length], pointRadius: 4,
            pointHoverRadius: 6};
    }

    family(server) {
        if (isMinimal(server)) return colour('quiet');
        return colour(isAsio(server) ? 'asio' : isRaw(server) ? 'raw' : 'brought');
    }
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
