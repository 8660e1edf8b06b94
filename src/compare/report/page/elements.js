// Creates an element with attributes and children. An attribute such as `onclick` adds an event listener.
function el(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
        if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
        else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
    element.append(...children.filter((child) => child !== undefined && child !== ''));
    return element;
}

// How sure a statement is, in a word or a few. Empty if that is not known.
const strengthMark = (strength, sure) => (sure ? el('span', {class: `strength ${strength}`}, sure) : '');
