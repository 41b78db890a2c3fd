// Keeps the screen of the phone true without reloading the page. What is being typed stays.
(function () {
  'use strict';
  var box = document.getElementById('screen'), tells = document.getElementById('tells'), title = document.title;
  if (!box || !window.fetch) return;
  function tell() {
    var count = box.querySelector('.count').textContent;
    document.title = (count ? count + ' · ' : '') + title;
    if (tells.textContent !== count) tells.textContent = count;
  }
  function show(html) {
    var kept = {}, focus = document.activeElement, inside = box.contains(focus) && focus.id;
    box.querySelectorAll('.pin').forEach(function (pin) { kept[pin.id] = pin.value; });
    box.innerHTML = html;
    box.querySelectorAll('.pin').forEach(function (pin) { pin.value = kept[pin.id] || ''; });
    var again = inside && document.getElementById(inside);
    if (again) again.focus({ preventScroll: true });
    tell();
  }
  function look() {
    fetch(box.dataset.poll + '&seen=' + box.dataset.seen).then(function (answer) {
      if (answer.status === 204) return look();
      if (!answer.ok) throw answer.status;
      return answer.text().then(function (html) {
        box.dataset.seen = answer.headers.get('x-seen');
        show(html);
        look();
      });
    }).catch(function () { setTimeout(look, 1500); });
  }
  tell();
  look();
})();
