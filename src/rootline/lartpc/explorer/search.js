"use strict";
// The field in which events are looked up, and the list of those found below it.
const Search = (() => {
  const HITS = 12;

  // One number is an event; several are run, subrun, event, track; a word is part of a sample's name.
  function find(study, query) {
    const parts = query.toLowerCase().split(/[\s/,;:]+/).filter(Boolean);
    const wanted = parts.filter((part) => /^\d+$/.test(part)).map(Number);
    const words = parts.filter((part) => !/^\d+$/.test(part) && part !== "track");
    if (!parts.length || wanted.length > 4) return [];
    const places = wanted.length === 1 ? [2] : wanted.map((_, i) => i);
    return study.rows.filter(
      (row) =>
        places.every((place, i) => study.number(place, row) === wanted[i]) &&
        words.every((word) => study.category("sample", row).toLowerCase().includes(word)),
    );
  }

  function connect(study, show) {
    const [input, list] = ["search", "hits"].map((id) => document.getElementById(id));
    let found = [];
    let active = 0;

    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function pick(row) {
      close();
      show(row);
    }

    function offer() {
      const items = found.slice(0, HITS).map((row, i) => {
        const item = document.createElement("li");
        item.id = `hit-${i}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", String(i === active));
        item.textContent = `${study.keyText(row)} · ${study.category("particle", row)}, ${study.category("training", row)}`;
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          pick(row);
        });
        return item;
      });
      const rest = document.createElement("li");
      rest.setAttribute("role", "presentation");
      rest.textContent = found.length > HITS ? `and ${found.length - HITS} more` : found.length ? "" : "no such track";
      list.replaceChildren(...items, ...(rest.textContent ? [rest] : []));
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      if (found.length) input.setAttribute("aria-activedescendant", `hit-${active}`);
    }

    input.addEventListener("input", () => {
      active = 0;
      found = find(study, input.value);
      if (input.value.trim()) offer();
      else close();
    });
    input.addEventListener("keydown", (event) => {
      const last = Math.min(found.length, HITS) - 1;
      if (event.key === "Escape") close();
      else if (event.key === "Enter") {
        event.preventDefault();
        if (input.value.trim() && found.length) pick(found[active]);
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        active = Math.max(0, Math.min(last, active + (event.key === "ArrowDown" ? 1 : -1)));
        if (input.value.trim()) offer();
      }
    });
    input.addEventListener("blur", close);
  }

  return { connect };
})();
