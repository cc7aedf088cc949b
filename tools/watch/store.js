// Tiles of a store, as they appear.
'use strict';

(function () {
  const element = (id) => document.getElementById(id);
  const jobs = new Set();  // After a lost connection all tiles come again.
  let failed = 0;

  function show(tile) {
    element('shown-picture').src = `tile/${tile.job}.png`;
    element('shown-name').textContent = tile.objective + (tile.value === null ? '' : ` · ${Number(tile.value.toPrecision(4))}`);
    element('shown').showModal();
  }

  function add(tile) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.job = tile.job;
    if (tile.failure) {
      const why = document.createElement('span');
      why.className = 'failed';
      why.textContent = tile.failure;
      button.append(why);
      failed += 1;
    } else {
      const image = document.createElement('img');
      image.src = `thumbnail/${tile.job}.jpg`;
      image.alt = '';
      button.append(image);
      button.addEventListener('click', () => show(tile));
    }
    button.append(tile.objective);
    item.append(button);
    // In the order of the jobs, whatever order they were made in.
    const tiles = element('tiles');
    let after = tiles.lastElementChild;
    while (after && Number(after.firstElementChild.dataset.job) > tile.job) after = after.previousElementSibling;
    tiles.insertBefore(item, after ? after.nextElementSibling : tiles.firstElementChild);
  }

  const events = new EventSource('events');
  events.addEventListener('tiles', (event) => {
    const news = JSON.parse(event.data);
    for (const tile of news.tiles) {
      if (jobs.has(tile.job)) continue;
      jobs.add(tile.job);
      add(tile);
    }
    element('title').textContent = news.title;
    document.title = `${news.title} · limpid watch`;
    element('status').textContent = `${jobs.size} of ${news.jobs} tiles${failed ? ` · ${failed} failed` : ''}`;
    Object.assign(element('progress'), {max: news.jobs, value: jobs.size});
    element('failure').textContent = news.warning;
    element('failure').hidden = !news.warning;
  });
  events.addEventListener('end', () => {
    events.close();
    element('status').textContent += ' · the program has ended';
  });
})();
