// The pictures that a unit responds to: a strip for each band, how all values are spread, and where the unit is active.
'use strict';

(function (limpid) {
  const kWidth = 320;
  const kBars = 56;  // Height of the bars; below them is a stroke for each band.
  const kStroke = 4;
  const kEnd = 2;  // What a stroke has beyond its values: one alone is seen too.
  const kActive = [255, 115, 0];

  const drawn = (name, attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  class Examples {
    constructor(gallery, section) {
      this.gallery = gallery;
      this.section = section;
      this.spread = section.querySelector('#examples-spread');
      this.button = section.querySelector('#examples-overlay');
      this.button.addEventListener('click', () => this.toggle());
    }

    /** Where units are active: seen from now on, or no longer. */
    toggle() {
      const on = this.section.classList.toggle('overlay');
      this.button.setAttribute('aria-pressed', on);
    }

    show(picture) {
      const {examples} = this.gallery;
      const bands = picture.bands || [];
      this.section.hidden = bands.length === 0;
      this.section.querySelector('#examples-about').textContent = examples ? examples.about : '';
      this.button.hidden = !picture.cells;
      this.section.querySelector('#examples-bands').replaceChildren(...bands.map((band, i) => this.strip(band, i, picture.cells)));
      if (bands.length > 0) this.fillSpread(picture);
    }

    strip({name, examples: places, values, maps}, number, cells) {
      const figure = document.createElement('figure');
      figure.className = `band band-${number % 4}`;
      figure.appendChild(document.createElement('figcaption')).textContent = name;
      const strip = figure.appendChild(document.createElement('ul'));
      places.forEach((place, i) => {
        const item = strip.appendChild(document.createElement('li'));
        const image = item.appendChild(document.createElement('span'));
        image.className = 'thumbnail';
        image.setAttribute('role', 'img');
        image.setAttribute('aria-label', `Example, ${limpid.formatValue(values[i])}`);
        image.title = limpid.formatValue(values[i]);
        limpid.paintExample(image, this.gallery, place);
        if (maps && maps[i]) item.appendChild(this.overlay(maps[i], cells));
      });
      return figure;
    }

    /** A pixel for each cell, which the page enlarges; the more opaque, the more active. */
    overlay(digits, [height, width]) {
      const canvas = document.createElement('canvas');
      canvas.height = height;
      canvas.width = width;
      canvas.setAttribute('aria-hidden', true);
      const pixels = new ImageData(width, height);
      [...digits].forEach((digit, i) => pixels.data.set([...kActive, 17 * parseInt(digit, 16)], 4 * i));
      canvas.getContext('2d').putImageData(pixels, 0, 0);
      return canvas;
    }

    /** Bars for all values, a line at zero, and below a stroke over the values of each band. */
    fillSpread(picture) {
      const [low, high, digits] = picture.histogram;
      const bins = digits.length / 2;
      const x = (value) => (high > low ? ((value - low) / (high - low)) * kWidth : 0);
      let bars = '';
      for (let i = 0; i < bins; ++i) {
        const height = (parseInt(digits.slice(2 * i, 2 * i + 2), 16) / 255) * kBars;
        if (height > 0) bars += `M${(i * kWidth) / bins} ${kBars}v${-height.toFixed(1)}h${0.85 * (kWidth / bins)}v${height.toFixed(1)}z`;
      }
      const parts = [drawn('path', {class: 'spread-bars', d: bars})];
      if (low < 0 && high > 0) parts.push(drawn('path', {class: 'spread-zero', d: `M${x(0)} 0V${kBars}`}));
      const words = picture.bands.map(({name, values}, i) => {
        const [from, to] = [Math.min(...values), Math.max(...values)];
        const [left, right] = [Math.max(0, x(from) - kEnd), Math.min(kWidth, x(to) + kEnd)];
        const stroke = {class: `band-${i % 4}`, x: left, width: right - left, y: kBars + kStroke * i + 1, height: kStroke - 1};
        parts.push(drawn('rect', stroke));
        return `${name} ${limpid.formatValue(from)} to ${limpid.formatValue(to)}`;
      });
      const plot = this.spread.querySelector('svg');
      plot.replaceChildren(...parts);
      plot.setAttribute('aria-label', `Values of all pictures, ${limpid.formatValue(low)} to ${limpid.formatValue(high)}: ${words.join(', ')}`);
      this.spread.querySelector('#spread-low').textContent = limpid.formatValue(low);
      this.spread.querySelector('#spread-high').textContent = limpid.formatValue(high);
    }
  }

  limpid.Examples = Examples;
})((window.limpid = window.limpid || {}));
