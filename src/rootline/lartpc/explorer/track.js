"use strict";
// One track: images of both planes, what the model makes of them, the profile along the wires, and its numbers.
const TrackPanel = (() => {
  const COLUMNS = [["raw", "raw charge"], ["transformed", "model input"], ["reconstruction", "output (reconstruction)"]];
  const FAINT = 0.05; // of the largest: what a decoder leaves beside a track is not drawn
  const chunks = new Map();
  const KEPT_CHUNKS = 16;

  // Unpacks images and profiles of the track's chunk; the last few chunks stay in memory.
  async function chunkOf(study, row) {
    const number = Math.floor(row / study.description.chunk);
    if (!chunks.has(number)) {
      if (chunks.size >= KEPT_CHUNKS) chunks.delete(chunks.keys().next().value);
      chunks.set(number, Unpack.block(`tracks-${number}`));
    }
    return { buffer: await chunks.get(number), place: row % study.description.chunk, first: number * study.description.chunk };
  }

  // Gives levels (planes x wires x ticks, 0 to 255) and profiles ({first, charge} per plane) of a track.
  async function read(study, row) {
    const { buffer, place, first } = await chunkOf(study, row);
    const { planes, image_shape: shape, chunk, charge } = study.description;
    const inChunk = Math.min(chunk, study.rows.length - first);
    const perTrack = planes.length * shape[0] * shape[1];
    const levels = new Uint8Array(buffer, place * perTrack, perTrack);
    const table = new DataView(buffer, inChunk * perTrack);
    const entry = (i) => [table.getUint16(4 * i, true), table.getUint16(4 * i + 2, true)];
    let start = inChunk * perTrack + 4 * inChunk * planes.length;
    for (let i = 0; i < place * planes.length; i++) start += entry(i)[1];
    const profiles = planes.map((_, plane) => {
      const [firstWire, length] = entry(place * planes.length + plane);
      const charges = Array.from(new Uint8Array(buffer, start, length), (level) => charge.profile[level]);
      start += length;
      return { first: firstWire, charge: charges };
    });
    return { levels, profiles };
  }

  function newImage(study, name, alt) {
    const canvas = document.createElement("canvas");
    [canvas.height, canvas.width] = study.description.image_shape;
    canvas.className = "charge";
    canvas.dataset.image = name;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", alt);
    return canvas;
  }

  // Draws values in the colours of charge, white up to the threshold; root for a square-root scale.
  function paint(study, canvas, values, largest, { threshold = 0, root = false } = {}) {
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let i = 0; i < pixels.length; i++) {
      const share = Math.min(Math.max(values[i] / largest, 0), 1);
      pixels[i] = values[i] > threshold ? study.chargeColours[Math.round(255 * (root ? Math.sqrt(share) : share))] : 0xffffffff;
    }
    context.putImageData(image, 0, 0);
  }

  function short(value) {
    if (!Number.isFinite(value)) return "–";
    return Number.isInteger(value) && Math.abs(value) < 1e7 ? String(value) : String(Number(value.toPrecision(4)));
  }

  function cell(tag, text) {
    const element = document.createElement(tag);
    element.textContent = text;
    return element;
  }

  function build(study) {
    const { planes, charge } = study.description;
    const grid = document.getElementById("images");
    const images = {};
    const captions = {};
    grid.append(cell("span", ""));
    for (const [name, title] of COLUMNS) {
      captions[name] = cell("span", title);
      captions[name].className = "column";
      grid.append(captions[name]);
    }
    for (const [number, plane] of planes.entries()) {
      const label = cell("span", `${plane}`);
      label.className = "plane";
      grid.append(label);
      for (const [name, title] of COLUMNS) {
        images[`${name} ${number}`] = newImage(study, `${name} ${plane}`, `${title}, ${plane} plane: ticks to the right, wires downwards`);
        grid.append(images[`${name} ${number}`]);
      }
    }
    let wanted = null;

    function fillNumbers(row) {
      const body = document.querySelector("#numbers tbody");
      body.replaceChildren();
      const lines = Object.entries(PointMap.CATEGORIES).map(([name, label]) => [label, study.category(name, row)]);
      const latents = new Set(study.description.latents);
      for (const column of study.description.columns) {
        if (column.group !== "embedding" && !latents.has(column.name)) lines.push([column.label, short(study.column(column.name).values[row])]);
      }
      const order = (label) => (/score|χ²|error/.test(label) ? 0 : 1);
      const head = lines.splice(0, Object.keys(PointMap.CATEGORIES).length);
      for (const [label, value] of [...head, ...lines.sort((a, b) => order(a[0]) - order(b[0]))]) {
        const line = document.createElement("tr");
        const title = cell("th", label);
        title.scope = "row";
        line.append(title, cell("td", value));
        body.append(line);
      }
    }

    function drawProfile(profiles) {
      const traces = profiles.map((profile, plane) => ({
        type: "scatter", mode: "lines", name: planes[plane], line: { shape: "hvh", width: 1.2, color: ["#000", "#d08700"][plane] },
        x: profile.charge.map((_, i) => profile.first + i), y: profile.charge,
      }));
      const small = { font: { size: 11 }, standoff: 2 };
      return Plotly.react("profile", traces, {
        margin: { l: 44, r: 4, t: 4, b: 30 }, font: { family: "system-ui, sans-serif", size: 11 }, showlegend: true,
        legend: { x: 0.01, y: 1.05, bgcolor: "#fffc" },
        xaxis: { title: { text: "wire", ...small }, showgrid: false, zeroline: false, ticks: "outside", ticklen: 3 },
        yaxis: { title: { text: "largest ADC", ...small }, rangemode: "tozero", gridcolor: "#ececec", nticks: 4 },
      }, { staticPlot: true, responsive: true });
    }

    // Gives the largest value of the image in the units of training, the scale of what is decoded.
    async function show(row) {
      wanted = row;
      document.getElementById("key").textContent = study.keyText(row);
      fillNumbers(row);
      const { levels, profiles } = await read(study, row);
      if (wanted !== row) return null;
      const perPlane = levels.length / planes.length;
      const decoded = study.decode(study.latentsOf(row));
      const cut = (values, plane) => values.subarray(plane * perPlane, (plane + 1) * perPlane);
      const raw = Float32Array.from(levels, (level) => charge.raw[level]);
      const transformed = Float32Array.from(levels, (level, i) => charge.transformed[Math.floor(i / perPlane)][level]);
      const largest = raw.reduce((a, b) => Math.max(a, b), 0) || 1;
      const largestSeen = transformed.reduce((a, b) => Math.max(a, b), 0) || 1;
      planes.forEach((_, plane) => {
        paint(study, images[`raw ${plane}`], cut(raw, plane), largest, { root: true });
        paint(study, images[`transformed ${plane}`], cut(transformed, plane), largestSeen);
        paint(study, images[`reconstruction ${plane}`], cut(decoded, plane), largestSeen, { threshold: FAINT * largestSeen });
      });
      captions.raw.textContent = `raw: 0 to ${short(largest)} ADC (√)`;
      captions.transformed.textContent = `model input: 0 to ${short(largestSeen)}`;
      captions.reconstruction.textContent = `output: up to ${short(decoded.reduce((a, b) => Math.max(a, b), 0))}`;
      document.getElementById("images").dataset.row = row;
      await drawProfile(profiles);
      return largestSeen;
    }

    return { show };
  }

  return { build, newImage, paint, FAINT };
})();
