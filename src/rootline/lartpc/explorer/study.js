"use strict";
// The data of the page as the other parts ask for it.
const Study = (() => {
  // All that is known of the tracks, which are called by their rows, 0 to n - 1.
  async function read() {
    const description = JSON.parse(document.getElementById("description").textContent);
    const names = ["columns", "codes", "keys", "weights", "biases"];
    const [columns, codes, keys, weights, biases] = await Promise.all(names.map(Unpack.block));
    const { n } = description;
    const values = Unpack.rows(new Float32Array(columns), n);
    const codeRows = Unpack.rows(new Uint16Array(codes), n);
    const numbers = Unpack.rows(new Float64Array(keys), n);
    const categories = Object.fromEntries(description.categories.map(([name, names], i) => [name, { names, codes: codeRows[i] }]));
    const byName = new Map(description.columns.map((column, i) => [column.name, describe(column, values[i] ?? new Float32Array(0))]));
    const bytes = description.charge.colours.match(/../g).map((pair) => parseInt(pair, 16));
    const chargeColours = Uint32Array.from({ length: 256 }, (_, i) => 0xff000000 | (bytes[3 * i + 2] << 16) | (bytes[3 * i + 1] << 8) | bytes[3 * i]);
    const study = {
      description,
      categories,
      chargeColours,
      rows: Array.from({ length: n }, (_, row) => row),
      decode: Decoder.build(description.decoder, Unpack.halves(weights), new Float32Array(biases)),
      column: (name) => byName.get(name),
      category: (name, row) => categories[name].names[categories[name].codes[row]] ?? "–",
      latentsOf: (row) => Float32Array.from(description.latents, (name) => byName.get(name).values[row]),
      key: (row) => [study.category("sample", row), ...numbers.map((column) => column[row])],
      eventText: (row) => `${study.category("sample", row)} ${numbers[0][row]}/${numbers[1][row]}/${numbers[2][row]}`,
      keyText: (row) => `${study.eventText(row)} track ${numbers[3][row]}`,
      number: (i, row) => numbers[i][row],
    };
    study.tracksOf = new Map();
    for (const row of study.rows) {
      const event = study.eventText(row);
      if (!study.tracksOf.has(event)) study.tracksOf.set(event, []);
      study.tracksOf.get(event).push(row);
    }
    study.rowOfKey = new Map(study.rows.map((row) => [study.key(row).join("\n"), row]));
    return study;
  }

  function describe(column, values) {
    const { above = Infinity, below = -Infinity } = column;
    return { ...column, values, defined: (row) => Number.isFinite(values[row]) && values[row] <= above && values[row] >= below };
  }

  return { read };
})();
