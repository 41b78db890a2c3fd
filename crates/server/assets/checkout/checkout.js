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

  // Puts the new page's main in place of the old one, and keeps what somebody is writing.
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

  // Listens while there is something to wait for. Where nothing is heard for a while, it looks every five seconds.
  const watch = () => {
    stream?.close();
    stream = undefined;
    clearInterval(timer);
    if (!main().hasAttribute('data-watch')) return;
    timer = setInterval(() => performance.now() - heard < 18000 && stream.readyState === 1 || look(), 5000);
    stream = new EventSource(location.pathname + '/events');
    stream.onmessage = (event) => {
      heard = performance.now();
      signal(false);
      if (event.data !== main().dataset.print) look();
    };
  };

  const count = () => {
    for (const span of document.querySelectorAll('[data-left]')) {
      const left = Math.max(0, Math.round((span.dataset.left - (performance.now() - drawn)) / 1000));
      span.textContent = Math.floor(left / 60) + ':' + String(left % 60).padStart(2, '0');
    }
  };

  // The way back to the merchant is taken by itself, unless somebody stays.
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

  // A double click sends one form. The server would pay once in any case.
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
