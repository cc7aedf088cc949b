// One picture: large, with its curve, its command, its siblings and those that look like it.
'use strict';

(function (limpid) {
  const element = (id) => document.getElementById(id);

  /** What sets a sibling apart from the picture shown: sign, seed, else the settings that differ. */
  function difference(picture, other) {
    const parts = [];
    if (limpid.isMinimised(picture) !== limpid.isMinimised(other)) {
      parts.push(limpid.isMinimised(other) ? 'minimised' : 'maximised');
    }
    if (picture.seed !== other.seed) parts.push(`seed ${other.seed}`);
    if (picture.steps !== other.steps) parts.push(`${other.steps} steps`);
    if (picture.height !== other.height || picture.width !== other.width) parts.push(size(other));
    return parts.join(' · ') || limpid.label(other);
  }

  const size = (picture) => `${picture.width} × ${picture.height}`;

  class Detail {
    /** `href(index)` is the address of a picture; `step(by)` goes to a neighbour in the sheet; `closed()` is told. */
    constructor(gallery, {href, step, closed}) {
      this.gallery = gallery;
      this.href = href;
      this.dialog = element('detail');
      this.curve = new limpid.Curve(element('detail-curve'));
      this.examples = new limpid.Examples(gallery, element('detail-examples'));
      element('detail-previous').addEventListener('click', () => step(-1));
      element('detail-next').addEventListener('click', () => step(1));
      element('detail-close').addEventListener('click', () => this.dialog.close());
      element('command-copy').addEventListener('click', () => this.copyCommand());
      this.dialog.addEventListener('close', closed);
      this.dialog.addEventListener('click', (event) => {
        if (event.target === this.dialog) this.dialog.close();  // The backdrop.
      });
      this.dialog.addEventListener('keydown', (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
        if (by) {
          event.preventDefault();
          step(by);
        }
      });
      this.listenForSwipes(step);
    }

    /** Opens on picture `index`, or changes to it; `first` and `last`: it has none before, none after. */
    show(index, {first, last}) {
      const picture = this.gallery.pictures[index];
      element('detail-name').replaceChildren(...this.heading(picture));
      element('detail-previous').disabled = first;
      element('detail-next').disabled = last;
      element('detail-failure').hidden = !picture.failure;
      element('detail-failure').textContent = picture.failure || '';
      this.fillStage(index);
      this.curve.show(picture);
      this.fillFacts(picture);
      this.fillCommand(picture);
      this.examples.show(picture);
      this.fillStrips(index);
      if (!this.dialog.open) this.dialog.showModal();
      element('detail-name').focus({preventScroll: true});
      this.dialog.scrollTop = 0;
      this.dialog.querySelector('.detail-text').scrollTop = 0;
    }

    close() {
      if (this.dialog.open) this.dialog.close();
    }

    /** "mixed4a 11", the layer set back. */
    heading(picture) {
      const layer = document.createElement('span');
      layer.textContent = picture.layer;
      const rest = limpid.shortLabel(picture);
      return rest === picture.layer ? [rest] : [layer, ' ', rest];
    }

    siblings(index) {
      const {subject} = this.gallery.pictures[index];
      return this.gallery.pictures.flatMap((picture, i) => (picture.subject === subject && i !== index ? [i] : []));
    }

    /** The same with the sign turned: of the same seed, if there is one. */
    opposite(index) {
      const picture = this.gallery.pictures[index];
      const candidates = this.siblings(index).filter(
        (i) => limpid.isMinimised(this.gallery.pictures[i]) !== limpid.isMinimised(picture) && !this.gallery.pictures[i].failure,
      );
      return candidates.find((i) => this.gallery.pictures[i].seed === picture.seed) ?? candidates[0];
    }

    /** The picture; beside it its opposite, the maximised one always first. */
    fillStage(index) {
      const opposite = this.opposite(index);
      const pair = opposite === undefined ? [index] : [index, opposite];
      pair.sort((a, b) => limpid.isMinimised(this.gallery.pictures[a]) - limpid.isMinimised(this.gallery.pictures[b]));
      const figures = pair.map((i) => this.makeFigure(i, i === index, pair.length > 1));
      element('detail-stage').replaceChildren(...figures);
      element('detail-stage').classList.toggle('pair', pair.length > 1);
    }

    makeFigure(index, isShown, captioned) {
      const picture = this.gallery.pictures[index];
      const figure = document.createElement('figure');
      figure.classList.toggle('shown', isShown);
      let frame = figure;
      if (!isShown) {
        frame = figure.appendChild(document.createElement('a'));
        frame.href = this.href(index);
      }
      if (picture.failure) {
        frame.appendChild(document.createElement('div')).className = 'failed';
      } else {
        const image = frame.appendChild(document.createElement('img'));
        image.src = limpid.url(index);
        image.alt = `What ${isShown ? '' : 'instead '}${limpid.isMinimised(picture) ? 'suppresses' : 'excites'} ${limpid.describe(picture)}`;
        image.width = picture.width;
        image.height = picture.height;
      }
      if (captioned) {
        const caption = figure.appendChild(document.createElement('figcaption'));
        caption.textContent = limpid.isMinimised(picture) ? 'minimised' : 'maximised';
      }
      return figure;
    }

    fillFacts(picture) {
      const facts = [
        ['Objective', picture.objective],
        ['Size', size(picture)],
        ['Steps', picture.steps],
        ['Seed', picture.seed],
      ];
      element('detail-facts').replaceChildren(
        ...facts.map(([name, value]) => {
          const row = document.createElement('div');
          row.appendChild(document.createElement('dt')).textContent = name;
          row.appendChild(document.createElement('dd')).textContent = value;
          return row;
        }),
      );
    }

    fillCommand(picture) {
      element('command-text').textContent = picture.command || 'No command line has options for the settings of this picture.';
      element('command-copy').hidden = !picture.command;
      element('command-copy').textContent = 'Copy';
    }

    async copyCommand() {
      const text = element('command-text');
      const button = element('command-copy');
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = 'Copied';
      } catch {
        // Not every browser lets a page opened from a file write to the clipboard.
        getSelection().selectAllChildren(text);
        button.textContent = 'Press Ctrl+C';
      }
    }

    fillStrips(index) {
      const picture = this.gallery.pictures[index];
      const siblings = this.siblings(index).map((i) => this.makeThumbnail(i, difference(picture, this.gallery.pictures[i])));
      const neighbours = picture.neighbours.map((i) => this.makeThumbnail(i, limpid.label(this.gallery.pictures[i])));
      this.fillStrip('detail-siblings', siblings);
      this.fillStrip('detail-neighbours', neighbours);
    }

    fillStrip(id, items) {
      const section = element(id);
      section.hidden = items.length === 0;
      section.querySelector('ul').replaceChildren(...items);
    }

    makeThumbnail(index, caption) {
      const item = document.createElement('li');
      const link = item.appendChild(document.createElement('a'));
      link.href = this.href(index);
      link.setAttribute('aria-label', limpid.describe(this.gallery.pictures[index]));
      const image = link.appendChild(document.createElement('span'));
      image.className = 'thumbnail';
      limpid.paint(image, this.gallery, index, this.gallery.medium.tile);
      const text = link.appendChild(document.createElement('span'));
      text.textContent = caption.replace(':', ':\u200b');  // A narrow caption breaks between layer and channel.
      return item;
    }

    /** A swipe over the picture goes to the one before or after. */
    listenForSwipes(step) {
      const stage = element('detail-stage');
      let start = null;
      stage.addEventListener('touchstart', (event) => (start = event.touches.length === 1 ? event.touches[0] : null), {passive: true});
      stage.addEventListener('touchend', (event) => {
        if (!start) return;
        const end = event.changedTouches[0];
        const across = end.clientX - start.clientX;
        if (Math.abs(across) > 48 && Math.abs(across) > 2 * Math.abs(end.clientY - start.clientY)) step(across < 0 ? 1 : -1);
        start = null;
      });
    }
  }

  limpid.Detail = Detail;
})((window.limpid = window.limpid || {}));
