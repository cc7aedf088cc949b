// The picture that grows, and what is done to it.
'use strict';

(function () {
  const kWidth = 320;
  const kHeight = 96;
  const kMargin = 4;
  const kMostDrawn = 640;
  const kKickSteps = 8;
  /** Snapshots are kept by themselves this often over all steps, while there are not too many. */
  const kEighths = 8;
  const kMostByThemselves = 40;

  const element = (id) => document.getElementById(id);
  const state = {step: 0, steps: 0, paused: false, over: false, points: [], pins: [], controls: null, known: '', next: null};

  function say(text) {
    element('failure').textContent = text;
    element('failure').hidden = !text;
  }

  async function post(path, body) {
    const bytes = body instanceof Blob;
    const answer = await fetch(path, {
      method: 'POST', headers: {'Content-Type': bytes ? 'application/octet-stream' : 'application/json'},
      body: bytes ? body : JSON.stringify(body || {})});
    const text = await answer.text();
    if (!answer.ok) throw new Error(text.trim());
    return JSON.parse(text);
  }

  async function ask(path, body) {
    try {
      await post(path, body);
      say('');
      return true;
    } catch (error) {
      say(error.message);
      return false;
    }
  }

  // Changes. While one is under way, later ones are gathered: a slider that is dragged sends no more than is answered.

  let pending = null;
  let sending = false;

  async function steer(change) {
    pending = {...pending, ...change};
    if (sending) return;
    sending = true;
    while (pending) {
      const next = pending;
      pending = null;
      if (!await ask('set', next) && !pending) showControls(JSON.parse(state.known), true);
    }
    sending = false;
  }

  /** What the job can take as it is; else, for another layer or other views, another job goes on from the picture. */
  async function change(what) {
    try {
      await post('set', what);
      say('');
    } catch (refused) {
      if (!await ask('begin', what)) showControls(JSON.parse(state.known), true);
    }
  }

  // The picture: the next is fetched when the last has arrived.

  const picture = element('picture');
  let loading = false;
  let wanted = 0;

  function load() {
    loading = true;
    picture.src = `frame/${wanted}.png`;
    picture.dataset.frame = wanted;
    wanted = 0;
  }

  function arrived() {
    loading = false;
    picture.dataset.arrived = 1 + Number(picture.dataset.arrived || 0);
    if (wanted) load();
  }
  picture.addEventListener('load', arrived);
  picture.addEventListener('error', () => { loading = false; });

  // The curve.

  function format(value) {
    return value === null || value === undefined ? '' : Number(value.toPrecision(4)).toString();
  }

  function drawCurve() {
    const stride = Math.ceil(state.points.length / kMostDrawn);
    const points = state.points.filter(([, value], i) => value !== null && (i % stride === 0 || i === state.points.length - 1));
    const figure = element('curve');
    const draw = (name, path) => figure.querySelector(name).setAttribute('d', path);
    if (points.length < 2) {
      draw('.curve-line', '');
      draw('.curve-area', '');
      return;
    }
    const values = points.map(([, value]) => value);
    const low = Math.min(...values);
    const high = Math.max(...values);
    const first = points[0][0];
    const last = points[points.length - 1][0];
    const scale = high > low ? (kHeight - 2 * kMargin) / (high - low) : 0;
    const line = points.map(([step, value], i) =>
      `${i ? 'L' : 'M'}${(((step - first) / (last - first || 1)) * kWidth).toFixed(1)} ` +
      `${(kHeight - kMargin - (value - low) * scale).toFixed(1)}`).join('');
    draw('.curve-line', line);
    draw('.curve-area', `${line}V${kHeight}H0Z`);
    element('first-step').textContent = `step ${first}`;
    element('last-step').textContent = `step ${last}`;
  }

  // Snapshots.

  function showPins() {
    const strip = element('strip');
    while (strip.children.length < state.pins.length) {
      const pin = state.pins[strip.children.length];
      const item = document.createElement('li');
      const button = document.createElement('button');
      const image = document.createElement('img');
      button.type = 'button';
      button.dataset.pin = pin.id;
      button.setAttribute('aria-label', `Back to step ${pin.step}`);
      image.src = `pin/${pin.id}.png`;
      image.alt = '';
      button.append(image, `step ${pin.step}${pin.value === null ? '' : ' · ' + format(pin.value)}`);
      button.addEventListener('click', () => {
        state.next = null;
        ask('rewind', {pin: pin.id});
      });
      item.append(button);
      strip.append(item);
    }
  }

  function keepByThemselves() {
    const every = Math.max(1, Math.round(state.steps / kEighths));
    if (state.next === null) state.next = state.pins.length ? (Math.floor(state.step / every) + 1) * every : state.step;
    if (state.step < state.next || state.pins.length >= kMostByThemselves) return;
    state.next = (Math.floor(state.step / every) + 1) * every;
    post('pin').catch(() => {});
  }

  // What can be changed.

  function objectiveOf(terms) {
    return terms.map(({weight, text}, i) => {
      const sign = weight < 0 ? (i ? ' - ' : '-') : (i ? ' + ' : '');
      return `${sign}${Math.abs(weight)}*${text}`;
    }).join('');
  }

  /** Layer, channel and what else a term of one channel says. */
  const kChannel = /^([\w/.-]+):(\d+)(.*)$/;

  function nameWeight(slider, number, text) {
    slider.setAttribute('aria-label', `Weight of ${text}`);
    number.setAttribute('aria-label', `Weight of ${text}, as a number`);
  }

  function termRow(term, i) {
    const row = document.createElement('div');
    row.className = 'row';
    const name = document.createElement('span');
    name.className = 'name';
    name.textContent = term.text;
    const reach = 2 * Math.max(1, Math.abs(term.weight));
    const slider = document.createElement('input');
    Object.assign(slider, {type: 'range', min: -reach, max: reach, step: 'any', value: term.weight});
    const number = document.createElement('input');
    Object.assign(number, {type: 'number', step: 'any', value: term.weight});
    nameWeight(slider, number, term.text);
    const change = (weight) => {
      if (!Number.isFinite(weight)) return;
      state.controls.terms[i].weight = weight;
      steer({objective: objectiveOf(state.controls.terms)});
    };
    slider.addEventListener('input', () => {
      number.value = Number(Number(slider.value).toPrecision(3));
      change(Number(number.value));
    });
    number.addEventListener('change', () => {
      slider.value = number.value;
      change(number.value === '' ? NaN : Number(number.value));
    });
    row.append(name, slider, number);
    return row;
  }

  function channelRow(term, i) {
    const found = kChannel.exec(term.text);
    if (!found) return null;
    const row = document.createElement('div');
    row.className = 'row';
    const name = document.createElement('label');
    name.textContent = 'Channel';
    const gap = document.createElement('span');
    const number = document.createElement('input');
    Object.assign(number, {type: 'number', min: 0, step: 1, value: found[2], id: `channel-${i}`});
    name.htmlFor = number.id;
    number.addEventListener('change', () => {
      if (!/^\d+$/.test(number.value)) return;
      state.controls.terms[i].text = `${found[1]}:${number.value}${found[3]}`;
      steer({objective: objectiveOf(state.controls.terms)});
    });
    row.append(name, gap, number);
    return row;
  }

  /** The same terms with other weights or channels: what is held just now stays as it is. */
  function updateTerm(rows, term) {
    const [slider, number, channel] = rows.querySelectorAll('input');
    rows.querySelector('.name').textContent = term.text;
    nameWeight(slider, number, term.text);
    if (channel && !held(channel)) channel.value = kChannel.exec(term.text)[2];
    if (held(slider) || held(number)) return;
    slider.value = term.weight;
    number.value = term.weight;
  }

  const held = (input) => document.activeElement === input;

  /** After a refusal the objective stays as it was typed, to be corrected. */
  function showControls(controls, refused = false) {
    state.known = JSON.stringify(controls);
    element('title').textContent = controls.objective;
    document.title = `${controls.objective} · limpid watch`;
    for (const id of ['objective', 'transforms']) {
      if (!refused && !held(element(id))) element(id).value = controls[id];
    }
    element('job').hidden = controls.attached;
    element('paint').disabled = element('photo').disabled = !controls.paints;
    const terms = element('terms');
    const kinds = JSON.stringify(controls.terms.map((term) => term.text.replace(kChannel, '$1:$3')));
    if (terms.dataset.kinds === kinds) {
      terms.querySelectorAll('.term').forEach((rows, i) => updateTerm(rows, controls.terms[i]));
    } else {
      terms.dataset.kinds = kinds;
      terms.replaceChildren(...controls.terms.map((term, i) => {
        const group = document.createElement('div');
        group.className = 'term';
        const channel = channelRow(term, i);
        group.append(termRow(term, i), ...(channel ? [channel] : []));
        return group;
      }));
    }
    const put = (id, value, position) => {
      if (held(element(id)) || held(element(`${id}-slider`))) return;
      element(id).value = value;
      element(`${id}-slider`).value = position;
    };
    put('rate', controls.learning_rate, Math.log10(controls.learning_rate));
    put('strength', controls.view_strength, controls.view_strength);
    element('kick').disabled = element('kick-now').disabled = controls.noise === null;
    element('no-noise').hidden = controls.noise !== null;
    if (!pending) state.controls = controls;
  }

  function bind(id, key, fromSlider, toSlider) {
    const number = element(id);
    const slider = element(`${id}-slider`);
    slider.addEventListener('input', () => {
      number.value = Number(fromSlider(Number(slider.value)).toPrecision(3));
      steer({[key]: Number(number.value)});
    });
    number.addEventListener('change', () => {
      if (number.value === '') return;
      slider.value = toSlider(Number(number.value));
      steer({[key]: Number(number.value)});
    });
  }
  bind('rate', 'learning_rate', (position) => 10 ** position, (rate) => Math.log10(rate));
  bind('strength', 'view_strength', (position) => position, (strength) => strength);

  let kickEnds = null;
  let calm = 0;

  element('kick-now').addEventListener('click', () => {
    if (kickEnds === null) calm = state.controls.noise;
    kickEnds = state.step + kKickSteps;
    steer({noise: Number(element('kick').value)});
  });

  function endKick() {
    if (kickEnds === null || state.step < kickEnds) return;
    kickEnds = null;
    steer({noise: calm});
  }

  function bindForm(id, key) {
    element(`${id}-form`).addEventListener('submit', (event) => {
      event.preventDefault();
      element(id).blur();
      change({[key]: element(id).value});
    });
  }
  bindForm('objective', 'objective');
  bindForm('transforms', 'transforms');

  // A photo to go on from, chosen or dropped.

  element('photo').addEventListener('change', async () => {
    if (element('photo').files.length) await ask('photo', element('photo').files[0]);
    element('photo').value = '';
  });
  const frame = element('frame');
  frame.addEventListener('dragover', (event) => event.preventDefault());
  frame.addEventListener('drop', (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) ask('photo', event.dataTransfer.files[0]);
  });

  // A mask that is painted: white, where there is paint.

  const mask = element('mask');
  const paint = mask.getContext('2d');
  let last = null;

  function showPainting(on) {
    mask.hidden = element('painting').hidden = !on;
    element('paint').setAttribute('aria-pressed', on);
  }

  function clearPaint() {
    Object.assign(mask, {width: state.controls.width, height: state.controls.height});
  }

  function place(event) {
    const box = mask.getBoundingClientRect();
    return [(event.clientX - box.left) * mask.width / box.width, (event.clientY - box.top) * mask.height / box.height];
  }

  function stroke(event) {
    const to = place(event);
    Object.assign(paint, {lineCap: 'round', strokeStyle: '#fff',
                          lineWidth: Number(element('brush').value) / 100 * Math.min(mask.width, mask.height) * 2});
    paint.beginPath();
    paint.moveTo(...(last || to));
    paint.lineTo(...to);
    paint.stroke();
    last = to;
  }
  mask.addEventListener('pointerdown', (event) => {
    mask.setPointerCapture(event.pointerId);
    stroke(event);
  });
  mask.addEventListener('pointermove', (event) => { if (last) stroke(event); });
  for (const end of ['pointerup', 'pointercancel']) mask.addEventListener(end, () => { last = null; });

  /** What is painted on black, or black all over. */
  async function sendMask(painted) {
    const whole = document.createElement('canvas');
    Object.assign(whole, {width: mask.width, height: mask.height});
    const context = whole.getContext('2d');
    context.fillRect(0, 0, whole.width, whole.height);
    if (painted) context.drawImage(mask, 0, 0);
    const blob = await new Promise((done) => { whole.toBlob(done, 'image/png'); });
    if (await ask('mask', blob)) showPainting(false);
  }
  element('paint').addEventListener('click', () => {
    clearPaint();
    showPainting(mask.hidden);
  });
  element('mask-set').addEventListener('click', () => sendMask(true));
  element('mask-free').addEventListener('click', () => sendMask(false));

  const togglePause = () => ask(state.paused ? 'run' : 'pause');
  const oneStep = () => ask('step', {count: 1});
  const keep = () => ask('pin');
  element('pause').addEventListener('click', togglePause);
  element('step').addEventListener('click', oneStep);
  element('keep').addEventListener('click', keep);

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, button, a')) return;
    const action = {' ': togglePause, '.': oneStep, k: keep, K: keep}[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  // What the job says.

  function showStep(news) {
    Object.assign(state, {step: news.step, steps: news.steps, paused: news.paused, over: news.over, pins: news.pins});
    state.points = news.restarts ? news.points : state.points.concat(news.points);
    const what = news.failure ? ' · failed' : news.over ? ' · done' : news.paused ? ' · paused' : '';
    element('status').textContent = `step ${news.step} of ${news.steps}${what}`;
    element('status').dataset.step = news.step;
    element('value').textContent = format(news.value);
    element('pause').textContent = news.paused ? 'Go on' : 'Pause';
    element('pause').disabled = element('step').disabled = news.over || Boolean(news.failure);
    if (news.failure) say(`${news.failure} Go back to a snapshot to try something else.`);
    drawCurve();
    showPins();
    keepByThemselves();
    endKick();
  }

  const events = new EventSource('events');
  events.addEventListener('objective', (event) => showControls(JSON.parse(event.data)));
  events.addEventListener('step', (event) => showStep(JSON.parse(event.data)));
  events.addEventListener('frame', (event) => {
    wanted = JSON.parse(event.data).frame;
    if (!loading) load();
  });
  events.addEventListener('end', () => {
    events.close();
    element('status').textContent += ' · the program has ended';
    document.querySelectorAll('button, input').forEach((control) => { control.disabled = true; });
  });
})();
