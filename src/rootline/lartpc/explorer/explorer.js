"use strict";
// The page: unpacks the study, connects its parts with each other and with the person in front of it.
const Explorer = (() => {
  const LISTED = 200;
  const at = (id) => document.getElementById(id);

  function complain(text) {
    at("trouble").textContent = text;
    at("trouble").hidden = false;
  }

  function fillSelect(select, study, first, chosen) {
    const groups = { "": first };
    for (const { name, label, group } of study.description.columns) (groups[group] ??= []).push([name, label]);
    for (const [title, options] of Object.entries(groups)) {
      const made = options.map(([name, label]) => new Option(label, name));
      if (!title) select.append(...made);
      else {
        const group = document.createElement("optgroup");
        group.label = title;
        group.append(...made);
        select.append(group);
      }
    }
    select.value = chosen;
  }

  function listRows(list, study, rows, show, remove) {
    list.replaceChildren(
      ...rows.slice(0, LISTED).map((row) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        Object.assign(button, { type: "button", textContent: study.keyText(row) });
        button.addEventListener("click", () => show(row));
        item.append(button);
        if (remove) {
          const cross = document.createElement("button");
          Object.assign(cross, { type: "button", textContent: "×", className: "remove" });
          cross.setAttribute("aria-label", `Remove ${study.keyText(row)}`);
          cross.addEventListener("click", () => remove(row));
          item.append(cross);
        }
        return item;
      }),
    );
    if (rows.length > LISTED) {
      const more = document.createElement("li");
      more.textContent = `and ${rows.length - LISTED} more`;
      list.append(more);
    }
  }

  async function start() {
    const study = await Study.read();
    await Unpack.script("plotting");
    const { description } = study;
    const shown = { row: null, scale: 1 };
    let selected = [];
    at("facts").textContent = [`run ${description.run}`, `${description.n} tracks`, ...description.facts].join(" · ");

    const panel = TrackPanel.build(study);
    const sliders = Sliders.build(study);
    const map = PointMap.build(at("map"), study, { show, select, hover });
    const marks = Marks.build(study, showMarks);

    async function show(row) {
      shown.row = row;
      showMark();
      showSiblings(row);
      const [scale] = await Promise.all([panel.show(row), map.highlight(row)]);
      if (scale === null) return;
      shown.scale = scale;
      sliders.set(study.latentsOf(row), scale);
    }

    function select(rows) {
      selected = rows;
      at("selected-count").textContent = rows.length;
      for (const id of ["mark-selected", "clear-selected"]) at(id).disabled = !rows.length;
      const counts = study.categories.particle.names
        .map((name, code) => [name, rows.filter((row) => study.categories.particle.codes[row] === code).length])
        .filter(([, n]) => n);
      at("selected-kinds").textContent = rows.length ? counts.map(([name, n]) => `${n} ${name}`).join(", ") : "Draw around points to select them.";
      listRows(at("selected"), study, rows, show);
    }

    function hover(row) {
      at("hover").textContent = row === null ? "" : `${study.keyText(row)} · ${study.category("particle", row)}, ${study.category("training", row)}`;
    }

    function showMarks(rows) {
      at("marked-count").textContent = rows.length;
      const references = rows.filter((row) => description.references.includes(study.category("sample", row)));
      at("download-reference").disabled = !references.length;
      const doubled = references.length - new Set(references.map(study.eventText)).size;
      at("marked-note").textContent = !rows.length ? "None yet." : doubled ? `${doubled} more reference tracks than events: mark one of each.` : "";
      for (const id of ["download", "clear-marked"]) at(id).disabled = !rows.length;
      listRows(at("marked"), study, rows, show, (row) => marks.toggle(row));
      showMark();
      map.mark(rows);
    }

    function showMark() {
      const marked = shown.row !== null && marks.has(shown.row);
      at("mark").setAttribute("aria-pressed", String(marked));
      at("mark").textContent = marked ? "Marked" : "Mark";
    }

    // The other tracks of the event: of a reference event one is to be chosen.
    function showSiblings(row) {
      const others = study.tracksOf.get(study.eventText(row)).filter((other) => other !== row);
      at("siblings").hidden = !others.length;
      at("siblings").replaceChildren(
        "The event has other tracks:",
        ...others.map((other) => {
          const button = document.createElement("button");
          Object.assign(button, { type: "button", textContent: `${study.number(3, other)}, ${study.category("particle", other)}` });
          button.addEventListener("click", () => show(other));
          return button;
        }),
      );
    }

    function step(by) {
      const rows = selected.length ? selected : study.rows;
      const place = rows.indexOf(shown.row);
      show(rows[place < 0 ? 0 : (place + by + rows.length) % rows.length]);
    }

    function draw() {
      return map.draw(at("x").value, at("y").value, at("colour").value);
    }

    fillSelect(at("x"), study, [], "umap_1");
    fillSelect(at("y"), study, [], "umap_2");
    fillSelect(at("colour"), study, Object.entries(PointMap.CATEGORIES), "particle");
    for (const id of ["x", "y", "colour"]) at(id).addEventListener("change", draw);
    at("toolbar").addEventListener("submit", (event) => event.preventDefault());
    at("previous").addEventListener("click", () => step(-1));
    at("next").addEventListener("click", () => step(1));
    at("mark").addEventListener("click", () => marks.toggle(shown.row));
    at("mark-selected").addEventListener("click", () => marks.add(selected));
    at("clear-selected").addEventListener("click", () => map.clear());
    at("clear-marked").addEventListener("click", () => confirm("Remove all marks?") && marks.clear());
    at("download").addEventListener("click", () => marks.download("marks"));
    at("download-reference").addEventListener("click", () => marks.download("reference", description.references));
    at("download-reference").hidden = !description.references.length;
    at("load").addEventListener("click", () => at("file").click());
    at("file").addEventListener("change", async () => {
      const [file] = at("file").files;
      at("file").value = "";
      try {
        const { known, unknown } = await marks.load(file);
        at("marked-note").textContent = `${known} loaded` + (unknown ? `; ${unknown} lines name no track of this page` : "");
      } catch (error) {
        at("marked-note").textContent = `${file.name} is no table of tracks: ${error.message}`;
      }
    });
    at("to-track").addEventListener("click", () => sliders.set(study.latentsOf(shown.row)));
    at("to-zero").addEventListener("click", () => sliders.set(new Float32Array(description.latents.length)));
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
      const act = { "/": () => at("search").focus(), n: () => step(1), p: () => step(-1), m: () => marks.toggle(shown.row) }[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
    Search.connect(study, show);

    if (!map.fast) complain("This browser offers no WebGL: the points are drawn one by one, which is slow for some thousands and more.");
    await draw();
    marks.restore();
    if (description.n) await show(0);
    document.documentElement.dataset.ready = "yes";
    return study;
  }

  addEventListener("error", (event) => complain(`Something went wrong: ${event.message}`));
  addEventListener("unhandledrejection", (event) => complain(`Something went wrong: ${event.reason?.message ?? event.reason}`));
  if (!globalThis.DecompressionStream) {
    complain("This browser is too old for the page: it needs Chrome 80, Firefox 113, Safari 16.4 or newer.");
    return { ready: Promise.resolve(null) };
  }
  return { ready: start() };
})();
