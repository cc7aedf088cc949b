// The zoomable sheet: only rows near the screen exist as elements, so that thousands of pictures scroll smoothly.
'use strict';

(function (limpid) {
  const kSmallestTile = 28;
  const kLargestTile = 360;
  const kHeadingHeight = 52;

  /** The gap grows with the tiles: a fine net when small, a passe-partout when large. */
  const gapFor = (tile) => (tile < 40 ? 1 : tile < 80 ? 2 : tile < 160 ? 4 : 8);

  class Sheet {
    /**
     * `element` is the list box; `gallery` the data; `href(index)` the address that opens a picture;
     * `zoomed(tile)` is told of every change of size.
     */
    constructor(element, gallery, {href, zoomed}) {
      this.element = element;
      this.gallery = gallery;
      this.href = href;
      this.zoomed = zoomed;
      this.tile = matchMedia('(max-width: 640px)').matches ? 84 : 116;
      this.indices = [];
      this.sections = [];
      this.rows = [];
      this.shown = new Map();
      this.current = 0;
      addEventListener('scroll', () => this.update(), {passive: true});
      new ResizeObserver(() => this.layout()).observe(element);
      element.addEventListener('keydown', (event) => this.onKey(event));
      element.addEventListener('focusin', (event) => this.onFocus(event));
      this.listenForZoom();
    }

    /** Shows these pictures; `sections` are {title, start, count} over positions, a title may be empty. */
    show(indices, sections) {
      this.indices = indices;
      this.sections = sections;
      this.current = 0;
      this.layout();
    }

    setTile(tile, anchorY = innerHeight / 2) {
      const size = Math.min(kLargestTile, Math.max(kSmallestTile, tile));
      if (size === this.tile) return;
      const anchor = this.positionAt(anchorY);
      this.tile = size;
      this.zoomed(size);
      if (this.columnsFor(size) === this.columns && gapFor(size) === this.gap) return;
      this.layout();
      if (anchor && scrollY > 0) {  // At the top, the top stays.
        const row = this.rowOf(anchor.position);
        scrollTo(0, this.top() + row.top + anchor.share * row.height - anchorY);
      }
    }

    /** Makes a picture the one that keys start from, and brings it into view. */
    reveal(index, {focus = false} = {}) {
      const position = this.indices.indexOf(index);
      if (position >= 0) this.moveTo(position, focus);
    }

    focus() {
      if (this.indices.length > 0) this.moveTo(this.current, true);
    }

    // --- Layout: rows of headings and tiles, with their places; nothing of it is in the page yet.

    /** Rows reach from edge to edge, so that tiles are as near to the size asked for as whole columns allow. */
    columnsFor(tile) {
      const gap = gapFor(tile);
      return Math.max(1, Math.round((this.element.clientWidth + gap) / (tile + gap)));
    }

    layout() {
      const width = this.element.clientWidth;
      this.gap = gapFor(this.tile);
      this.columns = this.columnsFor(this.tile);
      this.side = (width - this.gap * (this.columns - 1)) / this.columns;
      this.rows = [];
      let top = 0;
      for (const section of this.sections) {
        if (section.title) {
          this.rows.push({top, height: kHeadingHeight, title: section.title, size: section.count});
          top += kHeadingHeight;
        }
        const end = section.start + section.count;
        for (let start = section.start; start < end; start += this.columns) {
          this.rows.push({top, height: this.side, start, count: Math.min(this.columns, end - start)});
          top += this.side + this.gap;
        }
      }
      this.element.style.height = `${top}px`;
      this.element.style.setProperty('--columns', this.columns);
      this.element.style.setProperty('--gap', `${this.gap}px`);
      this.element.classList.toggle('labelled', this.side >= 64);
      const hadFocus = this.element.contains(document.activeElement);
      this.element.replaceChildren();
      this.shown.clear();
      this.update();
      if (hadFocus) this.tileAt(this.current)?.focus({preventScroll: true});
    }

    top() {
      return this.element.getBoundingClientRect().top + scrollY;
    }

    /** The first row that ends below `y` pixels down the sheet; the last for what is below all. */
    rowIndexAt(y) {
      let low = 0;
      let high = this.rows.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.rows[middle].top + this.rows[middle].height > y) high = middle;
        else low = middle + 1;
      }
      return low;
    }

    rowOf(position) {
      return this.rows.find((row) => row.count && position >= row.start && position < row.start + row.count);
    }

    /** The picture at height `y` of the window, and how far down its row that is; none on an empty sheet. */
    positionAt(y) {
      const down = y - this.element.getBoundingClientRect().top;
      let i = this.rowIndexAt(down);
      while (i < this.rows.length && !this.rows[i].count) ++i;
      const row = this.rows[i];
      return row && {position: row.start, share: Math.min(1, Math.max(0, (down - row.top) / row.height))};
    }

    // --- Elements: rows within a screen's height of the window.

    update() {
      if (this.rows.length === 0) return;
      const down = -this.element.getBoundingClientRect().top;
      const first = this.rowIndexAt(down - innerHeight / 2);
      const last = this.rowIndexAt(down + innerHeight * 1.5);
      for (const [i, element] of this.shown) {
        // The row with the focus stays, or the keys would lose their place.
        if ((i < first || i > last) && !element.contains(document.activeElement)) {
          element.remove();
          this.shown.delete(i);
        }
      }
      // From below upwards, each before the one under it: elements stand in the order they are read in.
      for (let i = last; i >= first; --i) {
        if (this.shown.has(i)) continue;
        this.shown.set(i, this.element.insertBefore(this.makeRow(this.rows[i]), this.shown.get(i + 1) || null));
      }
    }

    makeRow(row) {
      const element = document.createElement('div');
      element.setAttribute('role', 'presentation');
      element.style.top = `${row.top}px`;
      element.style.height = `${row.height}px`;
      if (row.title) {
        element.className = 'heading';
        element.setAttribute('aria-hidden', 'true');  // Each picture's own name says its layer.
        const count = document.createElement('small');
        count.textContent = row.size;
        element.append(row.title, count);
        return element;
      }
      element.className = 'row';
      for (let i = 0; i < row.count; ++i) element.append(this.makeTile(row.start + i));
      return element;
    }

    makeTile(position) {
      const index = this.indices[position];
      const picture = this.gallery.pictures[index];
      const tile = document.createElement('a');
      tile.className = 'tile';
      tile.href = this.href(index);
      tile.dataset.position = position;
      tile.dataset.label = this.labelOf(picture);
      tile.tabIndex = position === this.current ? 0 : -1;
      tile.setAttribute('role', 'option');
      tile.setAttribute('aria-selected', position === this.current);
      tile.setAttribute('aria-posinset', position + 1);
      tile.setAttribute('aria-setsize', this.indices.length);
      tile.setAttribute('aria-label', limpid.describe(picture));
      limpid.paint(tile, this.gallery, index, this.side * devicePixelRatio);
      return tile;
    }

    /** Short, for a tile is: "11 s3" under its layer's heading, "mixed4a:11 s3" without one. */
    labelOf(picture) {
      const headed = this.sections.some((section) => section.title);
      return (headed ? limpid.shortLabel(picture) : limpid.label(picture)).replace(' · seed ', ' s');
    }

    tileAt(position) {
      return this.element.querySelector(`[data-position="${position}"]`);
    }

    // --- Keys and focus: one tile takes part in the page's tab order; arrows move within the sheet.

    setCurrent(position) {
      const mark = (tile, on) => {
        if (!tile) return;
        tile.tabIndex = on ? 0 : -1;
        tile.setAttribute('aria-selected', on);
      };
      mark(this.tileAt(this.current), false);
      this.current = position;
      mark(this.tileAt(position), true);
    }

    moveTo(position, focus) {
      const row = this.rowOf(position);
      const top = this.top() + row.top;
      const bar = document.querySelector('.bar').offsetHeight + 8;
      if (top < scrollY + bar) scrollTo(0, top - bar - (this.gap + 48));
      else if (top + row.height > scrollY + innerHeight) scrollTo(0, top + row.height - innerHeight + 24);
      this.update();
      this.setCurrent(position);
      if (focus) this.tileAt(position).focus({preventScroll: true});
    }

    onFocus(event) {
      const tile = event.target.closest('.tile');
      if (tile) this.setCurrent(Number(tile.dataset.position));
    }

    onKey(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const last = this.indices.length - 1;
      const page = Math.max(1, Math.floor(innerHeight / (this.side + this.gap)) - 1);
      const move = {
        ArrowLeft: () => Math.max(0, this.current - 1),
        ArrowRight: () => Math.min(last, this.current + 1),
        ArrowUp: () => this.positionRows(-1),
        ArrowDown: () => this.positionRows(1),
        PageUp: () => this.positionRows(-page),
        PageDown: () => this.positionRows(page),
        Home: () => 0,
        End: () => last,
      }[event.key];
      if (!move) return;
      event.preventDefault();
      this.moveTo(move(), true);
    }

    /** The position `count` rows of tiles further down (up where negative), in the same column. */
    positionRows(count) {
      const rows = this.rows.filter((row) => row.count);
      const from = rows.indexOf(this.rowOf(this.current));
      const column = this.current - rows[from].start;
      const row = rows[Math.min(rows.length - 1, Math.max(0, from + count))];
      return row.start + Math.min(column, row.count - 1);
    }

    // --- Zoom by wheel with Ctrl (touchpads send a pinch so) and by two fingers.

    listenForZoom() {
      this.element.addEventListener(
        'wheel',
        (event) => {
          if (!event.ctrlKey) return;
          event.preventDefault();
          this.setTile(this.tile * Math.exp(-event.deltaY / 300), event.clientY);
        },
        {passive: false},
      );
      const spread = (touches) =>
        Math.hypot(touches[0].clientX - touches[1].clientX, touches[0].clientY - touches[1].clientY);
      let pinch = null;
      this.element.addEventListener(
        'touchstart',
        (event) => {
          pinch = event.touches.length === 2 ? {spread: spread(event.touches), tile: this.tile} : null;
        },
        {passive: true},
      );
      this.element.addEventListener(
        'touchmove',
        (event) => {
          if (!pinch || event.touches.length !== 2) return;
          event.preventDefault();
          const middle = (event.touches[0].clientY + event.touches[1].clientY) / 2;
          this.setTile((pinch.tile * spread(event.touches)) / pinch.spread, middle);
        },
        {passive: false},
      );
    }
  }

  Object.assign(limpid, {Sheet, kSmallestTile, kLargestTile});
})((window.limpid = window.limpid || {}));
