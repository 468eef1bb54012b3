"use strict";
(() => {
  const STEP = 50;
  const form = document.getElementById("filters");
  const opened = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") target.open = true;
  };
  addEventListener("hashchange", opened);
  opened();

  // What a mark of a picture stands for, beside the pointer.
  const hint = document.getElementById("hint");
  document.addEventListener("pointermove", (event) => {
    const mark = event.target.closest && event.target.closest(".plot [aria-label]");
    hint.hidden = !mark;
    if (!mark) return;
    hint.textContent = mark.getAttribute("aria-label");
    const room = document.documentElement.clientWidth - hint.offsetWidth - 12;
    hint.style.left = Math.max(12, Math.min(event.pageX + 14, room)) + "px";
    hint.style.top = event.pageY + 18 + "px";
  });

  // On paper everything is to be read: pictures keep their numbers.
  addEventListener("beforeprint", () => document.querySelectorAll(".numbers").forEach((part) => (part.open = true)));
  if (!form) return;

  const NAMES = { rule: 0, severity: 1, split: 2, state: 3 };
  const HTML = 4;
  const rows = JSON.parse(document.getElementById("payload").textContent);
  const cards = document.getElementById("cards");
  const more = document.getElementById("more");
  const shown = document.getElementById("shown");
  const reader = document.createElement("template");
  let words = null; // the words of each card, read when somebody first searches
  let found = rows;
  let count = Math.min(STEP, rows.length);

  const read = () => rows.map((row) => {
    reader.innerHTML = row[HTML];
    return reader.content.textContent.toLowerCase().normalize("NFC");
  });
  const tell = () => {
    const total = found.length.toLocaleString("en");
    const all = found.length < rows.length ? ` (of ${rows.length.toLocaleString("en")})` : "";
    shown.textContent = `${count.toLocaleString("en")} of ${total} findings${all}`;
    more.hidden = count >= found.length;
  };
  const add = () => {
    const next = found.slice(count, count + STEP);
    cards.insertAdjacentHTML("beforeend", next.map((row) => row[HTML]).join(""));
    count += next.length;
    tell();
  };
  const filter = () => {
    const text = form.elements.text.value.trim().toLowerCase().normalize("NFC");
    const wanted = Object.entries(NAMES).map(([name, at]) => [at, form.elements[name] ? form.elements[name].value : ""]);
    if (text && !words) words = read();
    found = rows.filter((row, place) =>
      wanted.every(([at, value]) => !value || row[at] === value) && (!text || words[place].includes(text)));
    cards.replaceChildren();
    count = 0;
    add();
  };
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => {
    const before = cards.children.length;
    add();
    const first = cards.children[before];
    if (first) first.querySelector("a").focus();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-rule]");
    if (!link || !form.elements.rule) return;
    form.elements.rule.value = link.dataset.rule;
    filter();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      form.elements.text.focus();
    }
  });
  tell();
})();
