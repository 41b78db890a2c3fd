// Makes waiting pleasant; every page works without it.
(() => {
  'use strict';
  const find = (query) => document.querySelector(query);
  const main = () => find('main');
  let stream, timer, busy, drawn, heard, leaving;

  const signal = (lost) => {
    const line = find('#signal');
    line.textContent = lost ? line.dataset.lost : '';
  };

  // Takes the new page's main, and keeps what somebody is writing.
  const swap = (page) => {
    const old = document.activeElement, next = page.querySelector('main');
    const same = next.dataset.screen === main().dataset.screen;
    main().replaceWith(next);
    document.title = page.title;
    const field = same && old.id && document.getElementById(old.id);
    if (field && 'value' in old) field.value = old.value;
    (field || find('h1')).focus({preventScroll: same});
    find('#news').textContent = find('h1').textContent;
    begin();
  };

  const look = async () => {
    if (busy) return;
    busy = true;
    try {
      const answer = await fetch(location.href, {cache: 'no-store', signal: AbortSignal.timeout?.(15000)});
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const next = page.querySelector('main[data-print]');
      if (next && next.dataset.print !== main().dataset.print) swap(page);
      signal(answer.status >= 500);
    } catch {
      signal(true);
    }
    busy = false;
  };

  // Listens; where nothing is heard for a while, looks and listens anew.
  const listen = () => {
    stream?.close();
    heard = performance.now();
    stream = new EventSource(location.pathname + '/events');
    stream.onmessage = (event) => {
      heard = performance.now();
      signal(false);
      if (event.data !== main().dataset.print) look();
    };
  };
  const watch = () => {
    stream?.close();
    clearInterval(timer);
    if (!main().hasAttribute('data-watch')) return;
    listen();
    timer = setInterval(() => {
      const quiet = performance.now() - heard;
      if (quiet > 18000 || stream.readyState !== 1) look();
      if (quiet > 28000) listen();
    }, 5000);
  };

  const count = () => {
    for (const span of document.querySelectorAll('[data-left]')) {
      const left = Math.max(0, Math.round((span.dataset.left - (performance.now() - drawn)) / 1000));
      span.textContent = Math.floor(left / 60) + ':' + String(left % 60).padStart(2, '0');
    }
  };

  // Goes back to the merchant by itself, unless somebody stays.
  const goBack = () => {
    clearInterval(leaving);
    const back = find('#back');
    if (!back) return;
    const line = find('#going'), words = line.firstElementChild.textContent;
    let left = 8;
    const tick = () => {
      line.firstElementChild.textContent = words.replace('{s}', left);
      if (left-- === 0) { clearInterval(leaving); location.assign(back.href); }
    };
    const stay = () => { clearInterval(leaving); line.hidden = true; };
    find('#stay').onclick = stay;
    addEventListener('beforeprint', stay, {once: true});
    line.hidden = false;
    tick();
    leaving = setInterval(tick, 1000);
  };

  const begin = () => {
    drawn = performance.now();
    count();
    watch();
    goBack();
    const print = find('#print');
    if (print) { print.hidden = false; print.onclick = () => window.print(); }
  };

  // A double click sends one form.
  addEventListener('submit', (event) => {
    const button = event.target.querySelector('.go');
    if (!button) return;
    if (button.hasAttribute('aria-disabled')) event.preventDefault();
    button.setAttribute('aria-disabled', 'true');
  });
  addEventListener('pageshow', (event) => {
    find('.go')?.removeAttribute('aria-disabled');
    if (event.persisted) look();
  });
  addEventListener('visibilitychange', () => document.hidden || main().hasAttribute('data-watch') && look());
  addEventListener('online', look);
  addEventListener('offline', () => signal(true));
  setInterval(count, 1000);
  begin();
})();
