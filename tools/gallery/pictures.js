// How a picture is named in words, and where its pixels are.
'use strict';

(function (limpid) {
  const kMinus = '\u2212';

  const isMinimised = (picture) => picture.objective.startsWith('-');

  /** Four significant digits, without an exponent where that is readable. */
  function formatValue(value) {
    if (value === undefined) return 'no value';
    const size = Math.abs(value);
    const text = size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(3) : String(Number(value.toPrecision(4)));
    return text.replace('-', kMinus);
  }

  /** "mixed4a channel 11, minimised, seed 2, objective -3.2": for those who hear it. */
  function describe(picture) {
    const parts = [picture.channel === undefined ? picture.layer : `${picture.layer} channel ${picture.channel}`];
    if (isMinimised(picture)) parts.push('minimised');
    if (picture.objective.includes(':pre')) parts.push('before the ReLU');
    if (picture.seed !== '0') parts.push(`seed ${picture.seed}`);
    parts.push(picture.failure ? `failed: ${picture.failure}` : `objective ${formatValue(picture.value)}`);
    return parts.join(', ');
  }

  /** A key's end in words: "~3" is seed 3, "~3~2" the second of that seed. */
  const withSeed = (text) => text.replace(/~(\d+)(?:~(\d+))?$/, (_, seed, copy) => ` · seed ${seed}${copy ? ` (${copy})` : ''}`);

  /** The key of a picture as people read it: "−mixed4a:11 · seed 3". */
  const label = (picture) => withSeed(picture.key.replace(/^-/, kMinus));

  /** The same without the layer, for places that name it already: "−11 · seed 3"; a layer's own is its name. */
  function shortLabel(picture) {
    const sign = isMinimised(picture) ? kMinus : '';
    const rest = picture.key.slice(sign.length + picture.layer.length).replace(/^:/, '');
    return sign + (withSeed(rest) || picture.layer);
  }

  /** Name of the address after "#"; readable where addresses allow it. */
  const fragment = (key) => encodeURIComponent(key).replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%40/g, '@');

  const url = (index) => `pictures/${index}.jpg`;

  /**
   * CSS background of picture `index` out of thumbnail sheets `layout`, `total` pictures in all. In percentages, so
   * that it fits an element of any size.
   */
  function thumbnail(layout, index, total) {
    const perSheet = layout.columns * layout.rows;
    const sheet = Math.floor(index / perSheet);
    const rows = Math.ceil(Math.min(perSheet, total - sheet * perSheet) / layout.columns);
    const row = Math.floor((index % perSheet) / layout.columns);
    const column = index % layout.columns;
    const percent = (place, count) => (count > 1 ? (100 * place) / (count - 1) : 0);
    return {
      image: `url("sheets/${layout.name}-${sheet}.jpg")`,
      size: `${100 * layout.columns}% ${100 * rows}%`,
      position: `${percent(column, layout.columns)}% ${percent(row, rows)}%`,
    };
  }

  /** Fills `element` with the smallest stored form of the picture that `pixels` device pixels do not outgrow. */
  function paint(element, gallery, index, pixels) {
    const total = gallery.pictures.length;
    if (gallery.pictures[index].failure) {
      element.classList.add('failed');
      return;
    }
    const layout = pixels <= gallery.small.tile * 1.25 ? gallery.small : gallery.medium;
    const back = thumbnail(layout, index, total);
    const style = element.style;
    if (pixels <= gallery.medium.tile * 1.34) {
      style.backgroundImage = back.image;
      style.backgroundSize = back.size;
      style.backgroundPosition = back.position;
    } else {
      // The thumbnail is seen until the picture itself has arrived.
      style.backgroundImage = `url("${url(index)}"), ${back.image}`;
      style.backgroundSize = `cover, ${back.size}`;
      style.backgroundPosition = `center, ${back.position}`;
    }
  }

  /** Fills `element` with an example, by its place on the sheets. */
  function paintExample(element, gallery, place) {
    const back = thumbnail(gallery.examples.sheet, place, gallery.examples.count);
    element.style.backgroundImage = back.image;
    element.style.backgroundSize = back.size;
    element.style.backgroundPosition = back.position;
  }

  Object.assign(limpid, {isMinimised, formatValue, describe, label, shortLabel, fragment, url, paint, paintExample});
})((window.limpid = window.limpid || {}));
