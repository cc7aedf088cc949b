// The page: its state, the address that holds it, and the controls.
'use strict';

(function (limpid) {
  const gallery = window.limpidGallery;
  const element = (id) => document.getElementById(id);
  const kDefaults = {query: '', layer: '', sort: 'channel'};

  /** What is shown; `open` is a picture's index, or null. */
  const state = {...kDefaults, open: null};
  let indices = [];

  // --- The address: #mixed4a:11?layer=mixed4a&sort=high&q=0-31, every part of it optional.

  function address(open) {
    const view = new URLSearchParams();
    if (state.query) view.set('q', state.query);
    if (state.layer) view.set('layer', state.layer);
    if (state.sort !== kDefaults.sort) view.set('sort', state.sort);
    const key = open === null ? '' : limpid.fragment(gallery.pictures[open].key);
    const query = view.toString();
    return `#${key}${query ? `?${query}` : ''}`;
  }

  const keys = new Map(gallery.pictures.map((picture, i) => [picture.key, i]));

  /** The picture of that key; of a key that another gallery gave, the first with that objective. */
  function find(key) {
    if (keys.has(key)) return keys.get(key);
    const objective = key.split('~')[0];
    const i = gallery.pictures.findIndex((picture) => picture.objective === objective);
    return i < 0 ? null : i;
  }

  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;  // Not of our making; it will name no picture.
    }
  }

  function readAddress() {
    const [key, query = ''] = location.hash.slice(1).split(/\?(.*)/s);
    const view = new URLSearchParams(query);
    const layer = view.get('layer') || '';
    const sort = view.get('sort');
    state.query = view.get('q') || '';
    state.layer = gallery.pictures.some((picture) => picture.layer === layer) ? layer : '';
    state.sort = ['high', 'low'].includes(sort) ? sort : kDefaults.sort;
    state.open = key ? find(decode(key)) : null;
  }

  const writeAddress = () => history.replaceState(null, '', address(state.open));

  // --- From state to page.

  /** By channel, each layer has a heading; by value, layers mix. */
  function sections() {
    const layers = limpid.countLayers(indices.map((i) => gallery.pictures[i]));
    if (state.sort !== 'channel' || layers.size === 0) return [{title: '', start: 0, count: indices.length}];
    let start = 0;
    return [...layers].map(([title, count]) => {
      const section = {title, start, count};
      start += count;
      return section;
    });
  }

  function showView() {
    indices = limpid.select(gallery.pictures, state);
    sheet.show(indices, sections());
    const total = gallery.pictures.length;
    const noun = total === 1 ? 'picture' : 'pictures';
    element('count').textContent = indices.length === total ? `${total} ${noun}` : `${indices.length} of ${total}`;
    element('empty').hidden = indices.length > 0;
    element('search').value = state.query;
    element('layer').value = state.layer;
    element('sort').value = state.sort;
  }

  function showPicture() {
    if (state.open === null) {
      document.title = gallery.title;
      detail.close();
      return;
    }
    const position = indices.indexOf(state.open);
    document.title = `${limpid.label(gallery.pictures[state.open])} · ${gallery.title}`;
    sheet.reveal(state.open);
    detail.show(state.open, {first: position <= 0, last: position < 0 || position === indices.length - 1});
  }

  let viewShown = '';

  /** Follows the address: the sheet is laid out anew only where its part of it changed. */
  function route() {
    readAddress();
    const view = address(null);
    if (view !== viewShown || indices.length === 0) showView();
    viewShown = view;
    showPicture();
  }

  function changeView(change) {
    Object.assign(state, change);
    writeAddress();
    viewShown = address(null);
    scrollTo(0, 0);
    showView();
  }

  const sheet = new limpid.Sheet(element('sheet'), gallery, {
    href: address,
    zoomed: (tile) => (element('zoom').value = toSlider(tile)),
  });

  const detail = new limpid.Detail(gallery, {
    href: address,
    step(by) {
      const next = indices[indices.indexOf(state.open) + by];
      if (next === undefined || !indices.includes(state.open)) return;
      state.open = next;
      writeAddress();
      showPicture();
    },
    closed() {
      if (state.open === null) return;
      const index = state.open;
      state.open = null;
      writeAddress();
      showPicture();
      sheet.reveal(index, {focus: true});
    },
  });

  // --- Controls.

  const kZoom = Math.log(limpid.kLargestTile / limpid.kSmallestTile);
  const toSlider = (tile) => Math.round((100 * Math.log(tile / limpid.kSmallestTile)) / kZoom);
  const fromSlider = (value) => limpid.kSmallestTile * Math.exp((value / 100) * kZoom);

  function remembered(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;  // Some browsers keep nothing for pages opened from files.
    }
  }

  function remember(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
      // As above: the choice lasts as long as the page.
    }
  }

  function applyTheme(theme) {
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  }

  function toggleTheme() {
    const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    const now = document.documentElement.dataset.theme || system;
    const next = now === 'dark' ? 'light' : 'dark';
    applyTheme(next);
    remember('limpid-theme', next);
  }

  function fillLayers() {
    const layers = limpid.countLayers(gallery.pictures);
    const add = (value, text) => element('layer').append(new Option(text, value));
    add('', layers.size === 1 ? 'One layer' : 'All layers');
    for (const [layer, count] of layers) add(layer, `${layer} (${count})`);
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    if (event.target.matches('input[type=search], select')) return;
    const action = {
      '/': () => element('search').select(),
      '?': () => element('help').showModal(),
      '+': () => sheet.setTile(sheet.tile * 1.2),
      '=': () => sheet.setTile(sheet.tile * 1.2),
      '-': () => sheet.setTile(sheet.tile / 1.2),
      t: toggleTheme,
      // From anywhere but the sheet, which has moved already, and the slider.
      ArrowDown: !event.defaultPrevented && !event.target.matches('input') && (() => sheet.focus()),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  function onSearchKey(event) {
    if (event.key === 'Escape') {
      event.preventDefault();
      if (element('search').value) changeView({query: ''});
      else element('search').blur();
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      sheet.focus();
    }
  }

  function listen() {
    addEventListener('hashchange', route);
    addEventListener('keydown', onKey);
    element('search').addEventListener('input', (event) => changeView({query: event.target.value}));
    element('search').addEventListener('keydown', onSearchKey);
    element('search-form').addEventListener('submit', (event) => {
      event.preventDefault();
      sheet.focus();
    });
    element('layer').addEventListener('change', (event) => changeView({layer: event.target.value}));
    element('sort').addEventListener('change', (event) => changeView({sort: event.target.value}));
    element('zoom').addEventListener('input', (event) => sheet.setTile(fromSlider(event.target.value)));
    element('clear').addEventListener('click', () => changeView({query: '', layer: ''}));
    element('theme').addEventListener('click', toggleTheme);
    element('help-open').addEventListener('click', () => element('help').showModal());
    element('help-close').addEventListener('click', () => element('help').close());
    element('help').addEventListener('click', (event) => {
      if (event.target === element('help')) element('help').close();  // The backdrop.
    });
  }

  applyTheme(remembered('limpid-theme'));
  element('title').textContent = gallery.title;
  element('about').textContent = gallery.about;
  element('zoom').value = toSlider(sheet.tile);
  fillLayers();
  listen();
  route();
})((window.limpid = window.limpid || {}));
