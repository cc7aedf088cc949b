// The objective's curve as a drawing, with a reading where the pointer is.
'use strict';

(function (limpid) {
  const kWidth = 320;
  const kHeight = 96;
  const kMargin = 4;

  /** The values behind [low, high, two hexadecimal digits a sample]. */
  function decode([low, high, digits]) {
    const values = [];
    for (let i = 0; i < digits.length; i += 2) {
      values.push(low + (parseInt(digits.slice(i, i + 2), 16) / 255) * (high - low));
    }
    return values;
  }

  class Curve {
    constructor(figure) {
      this.figure = figure;
      this.plot = figure.querySelector('svg');
      this.readout = figure.querySelector('output');
      this.last = figure.querySelector('#curve-last');
      this.plot.addEventListener('pointermove', (event) => this.point(event));
      this.plot.addEventListener('pointerleave', () => this.rest());
    }

    show(picture) {
      this.picture = picture;
      this.values = decode(picture.curve);
      this.figure.hidden = this.values.length < 2;
      if (this.figure.hidden) return;
      const low = Math.min(...this.values);
      const high = Math.max(...this.values);
      const scale = high > low ? (kHeight - 2 * kMargin) / (high - low) : 0;
      this.x = (i) => (i / (this.values.length - 1)) * kWidth;
      this.y = (value) => kHeight - kMargin - (value - low) * scale;
      const line = this.values.map((value, i) => `${i ? 'L' : 'M'}${this.x(i).toFixed(1)} ${this.y(value).toFixed(1)}`).join('');
      const draw = (name, path) => this.plot.querySelector(name).setAttribute('d', path);
      draw('.curve-line', line);
      draw('.curve-area', `${line}V${kHeight}H0Z`);
      draw('.curve-zero', low < 0 && high > 0 ? `M0 ${this.y(0)}H${kWidth}` : '');
      this.last.textContent = `step ${picture.steps}`;
      const [from, to] = [this.values[0], this.values[this.values.length - 1]].map(limpid.formatValue);
      this.ends = `${from} → ${to}`;
      this.plot.setAttribute('aria-label', `Objective over ${picture.steps} steps: from ${from} to ${to}`);
      this.rest();
    }

    point(event) {
      const box = this.plot.getBoundingClientRect();
      const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
      const i = Math.round(share * (this.values.length - 1));
      const step = Math.round((i / (this.values.length - 1)) * this.picture.steps);
      this.plot.querySelector('.curve-mark').setAttribute('d', `M${this.x(i)} 0V${kHeight}`);
      this.readout.textContent = `${limpid.formatValue(this.values[i])} at step ${step}`;
    }

    rest() {
      this.plot.querySelector('.curve-mark').setAttribute('d', '');
      this.readout.textContent = this.ends;
    }
  }

  limpid.Curve = Curve;
})((window.limpid = window.limpid || {}));
