// Which pictures to show, in which order: search, filter, sort.
'use strict';

(function (limpid) {
  const kNumber = /^\d+$/;
  const kRange = /^(\d+)-(\d+)$/;
  const kSeed = /^seed=(\d+)$/;

  /**
   * A predicate on pictures for what was typed. Words, channels and seeds all have to fit; of several channels
   * one is enough. A text with "@" (a position) is looked for in the objective as it stands.
   */
  function parseQuery(text) {
    const typed = text.trim().toLowerCase();
    if (typed.includes('@')) return (picture) => picture.objective.toLowerCase().includes(typed);

    const tests = [];
    const ranges = [];
    let rest = typed;
    if (rest.startsWith('-')) {
      tests.push((picture) => picture.objective.startsWith('-'));
      rest = rest.slice(1);
    }
    for (const word of rest.split(/[\s,:]+/).filter(Boolean)) {
      const range = kRange.exec(word);
      const seed = kSeed.exec(word);
      if (kNumber.test(word)) {
        ranges.push([Number(word), Number(word)]);
      } else if (range) {
        ranges.push([Number(range[1]), Number(range[2])]);
      } else if (seed) {
        tests.push((picture) => picture.seed === seed[1]);
      } else {
        tests.push((picture) => picture.objective.toLowerCase().includes(word));
      }
    }
    if (ranges.length > 0) {
      tests.push((picture) => ranges.some(([first, last]) => picture.channel >= first && picture.channel <= last));
    }
    return (picture) => tests.every((test) => test(picture));
  }

  /** The layers of all pictures with how many each has, in the order of their first picture. */
  function countLayers(pictures) {
    const counts = new Map();
    for (const picture of pictures) counts.set(picture.layer, (counts.get(picture.layer) || 0) + 1);
    return counts;
  }

  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  /** By layer, channel, sign (maximised first), seed, then as made. Layers without channels come first. */
  function channelOrder(pictures) {
    const rank = new Map([...countLayers(pictures).keys()].map((layer, i) => [layer, i]));
    const channel = (picture) => (picture.channel === undefined ? -1 : picture.channel);
    const sign = (picture) => (picture.objective.startsWith('-') ? 1 : 0);
    return (a, b) =>
      rank.get(pictures[a].layer) - rank.get(pictures[b].layer) ||
      channel(pictures[a]) - channel(pictures[b]) ||
      compare(pictures[a].subject, pictures[b].subject) ||
      sign(pictures[a]) - sign(pictures[b]) ||
      // Seeds go beyond what a number holds; as text, the shorter is the smaller.
      pictures[a].seed.length - pictures[b].seed.length ||
      compare(pictures[a].seed, pictures[b].seed) ||
      a - b;
  }

  /** By value; pictures without one come last either way. */
  function valueOrder(pictures, direction) {
    const missing = (i) => (pictures[i].value === undefined ? 1 : 0);
    return (a, b) => missing(a) - missing(b) || direction * (pictures[a].value - pictures[b].value) || a - b;
  }

  /** Indices of the pictures that fit `view` {query, layer (empty: all), sort: channel | high | low}. */
  function select(pictures, view) {
    const fits = parseQuery(view.query);
    const indices = [];
    pictures.forEach((picture, i) => {
      if ((!view.layer || picture.layer === view.layer) && fits(picture)) indices.push(i);
    });
    const order = {
      channel: () => channelOrder(pictures),
      high: () => valueOrder(pictures, -1),
      low: () => valueOrder(pictures, 1),
    }[view.sort];
    return indices.sort(order());
  }

  limpid.countLayers = countLayers;
  limpid.select = select;
})((window.limpid = window.limpid || {}));
