"use strict";
// The plot of all tracks: axes, colours, lasso, marks and a ring around the track that is looked at.
const PointMap = (() => {
  const CATEGORIES = { particle: "species", training: "training", part: "part", sample: "sample" };
  const PALETTE = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
  const BUTTONS = [["lasso2d", "select2d", "pan2d", "zoom2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"], ["toImage"]];

  function hasWebGL() {
    return Boolean(document.createElement("canvas").getContext("webgl"));
  }

  // Plotly reads names as a small HTML.
  function plain(text) {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  }

  function quantile(sorted, share) {
    return sorted[Math.round(share * (sorted.length - 1))];
  }

  // How many tracks a group has, and how many of them have a place on the axes, if not all.
  function count(rows, axes) {
    const placed = rows.filter((row) => axes.every((axis) => Number.isFinite(axis.values[row]))).length;
    return placed === rows.length ? `n = ${placed}` : `n = ${placed} of ${rows.length}`;
  }

  function byCategory(study, name, axes) {
    const values = study.categories[name];
    const colours = study.description.colours[name] ?? {};
    return values.names
      .map((value, code) => {
        const rows = study.rows.filter((row) => values.codes[row] === code);
        return { rows, name: `${plain(value)} (${count(rows, axes)})`, colour: colours[value] ?? PALETTE[code % PALETTE.length] };
      })
      .filter((group) => group.rows.length);
  }

  function byColumn(study, name, axes) {
    const column = study.column(name);
    const rows = study.rows.filter((row) => column.defined(row));
    const others = study.rows.filter((row) => !column.defined(row));
    const groups = [];
    if (others.length) groups.push({ rows: others, name: `undefined (${count(others, axes)})`, colour: "#c8c8c8" });
    if (rows.length) {
      const values = Float32Array.from(rows, (row) => column.values[row]);
      const sorted = values.slice().sort();
      const scale = { cmin: quantile(sorted, 0.01), cmax: quantile(sorted, 0.99), colorscale: "Cividis", showscale: true };
      const title = { text: `${plain(column.label)} (${count(rows, axes)}; 1 to 99 %)`, font: { size: 11 }, side: "right" };
      groups.push({ rows, name: column.label, colour: values, scale: { ...scale, colorbar: { title, thickness: 12, len: 1 } } });
    }
    return groups;
  }

  // Calls show(row) on a click, select(rows) after a lasso, hover(row or null).
  function build(element, study, { show, select, hover }) {
    const type = hasWebGL() ? "scattergl" : "scatter";
    const size = study.rows.length > 10000 ? 3.5 : study.rows.length > 2000 ? 4.5 : 6;
    let groups = [];
    let current = null;
    let selected = [];
    let marked = [];
    let axes = null;
    let drawings = 0;
    let revision = 0;

    function overlay() {
      const [x, y] = axes.map((axis) => axis.values);
      const marker = { size: size + 6, color: "#000", symbol: "diamond-open", line: { width: 1.5, color: "#000" } };
      return {
        type, mode: "markers", hoverinfo: "skip", marker, name: `marked (n = ${marked.length})`, showlegend: marked.length > 0,
        x: marked.map((row) => x[row]), y: marked.map((row) => y[row]), selectedpoints: marked.map((_, i) => i),
      };
    }

    function ring() {
      if (current === null) return [];
      const [x, y] = axes.map((axis) => axis.values[current]);
      if (!Number.isFinite(x) || !Number.isFinite(y)) return [];
      const place = { type: "circle", xsizemode: "pixel", ysizemode: "pixel", xanchor: x, yanchor: y };
      const ends = { x0: -9, x1: 9, y0: -9, y1: 9 };
      return [{ ...place, ...ends, line: { color: "#fff", width: 4 } }, { ...place, ...ends, line: { color: "#000", width: 2 } }];
    }

    function traces() {
      const [x, y] = axes.map((axis) => axis.values);
      const chosen = new Set(selected);
      return groups.map((group) => ({
        type, mode: "markers", name: group.name, hoverinfo: "none",
        x: Float32Array.from(group.rows, (row) => x[row]), y: Float32Array.from(group.rows, (row) => y[row]),
        marker: { size, color: group.colour, opacity: 0.8, ...group.scale },
        showlegend: !group.scale,
        selectedpoints: chosen.size ? group.rows.flatMap((row, i) => (chosen.has(row) ? [i] : [])) : null,
        unselected: { marker: { opacity: 0.15 } },
      }));
    }

    function layout() {
      const axis = (column) => ({ title: { text: plain(column.label) }, zeroline: false, gridcolor: "#ececec", linecolor: "#999", showline: true });
      return {
        xaxis: axis(axes[0]), yaxis: axis(axes[1]), shapes: ring(), selections: [], hovermode: "closest",
        dragmode: element.layout?.dragmode ?? "lasso", margin: { l: 52, r: 8, t: 50, b: 40 }, font: { family: "system-ui, sans-serif", size: 12 },
        legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", itemsizing: "constant" }, uirevision: axes.map((each) => each.name).join(" "),
        // A number of its own each time, or Plotly would prefer the selection that it remembers.
        selectionrevision: ++revision,
      };
    }

    async function redraw() {
      const options = { modeBarButtons: BUTTONS, displaylogo: false, displayModeBar: true, scrollZoom: true, responsive: true };
      drawings++; // Plotly tells of an empty selection then, which nobody made
      try {
        await Plotly.react(element, [...traces(), overlay()], layout(), options);
      } finally {
        drawings--;
      }
    }

    function rowOf(point) {
      return groups[point.curveNumber]?.rows[point.pointNumber];
    }

    async function draw(x, y, colour) {
      const first = axes === null;
      axes = [study.column(x), study.column(y)];
      groups = colour in CATEGORIES ? byCategory(study, colour, axes) : byColumn(study, colour, axes);
      await redraw();
      if (!first) return;
      element.on("plotly_click", (event) => {
        const row = rowOf(event.points[0]);
        if (row !== undefined) show(row);
      });
      element.on("plotly_selected", (event) => {
        if (!event || drawings) return;
        selected = event.points.map(rowOf).filter((row) => row !== undefined).sort((a, b) => a - b);
        select(selected);
      });
      element.on("plotly_deselect", () => {
        if (drawings) return;
        selected = [];
        select(selected);
      });
      element.on("plotly_hover", (event) => hover(rowOf(event.points[0]) ?? null));
      element.on("plotly_unhover", () => hover(null));
    }

    return {
      draw,
      // Whether points are drawn by the graphics processor's interface; without it thousands are slow.
      fast: type === "scattergl",
      highlight(row) {
        current = row;
        return Plotly.relayout(element, { shapes: ring() });
      },
      mark(rows) {
        marked = rows;
        return redraw();
      },
      clear() {
        selected = [];
        select(selected);
        return redraw();
      },
    };
  }

  return { build, CATEGORIES };
})();
