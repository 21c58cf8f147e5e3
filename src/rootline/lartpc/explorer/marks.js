"use strict";
// Marked tracks: kept in the browser where it allows that, downloaded and loaded as the table that the workflow reads.
const Marks = (() => {
  const HEADER = ["sample", "run", "subrun", "event", "track"];

  function quote(text) {
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function toCsv(keys) {
    return [HEADER, ...keys].map((fields) => fields.map((field) => quote(String(field))).join(",")).join("\n") + "\n";
  }

  // Reads lines of comma-separated fields, of which some may be quoted (RFC 4180).
  function fromCsv(text) {
    const lines = [[]];
    const field = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/gy;
    while (field.lastIndex < text.length) {
      const found = field.exec(text);
      if (!found) throw new Error("it has a quote that does not end");
      lines.at(-1).push(found[1] !== undefined ? found[1].replaceAll('""', '"') : found[2].trim());
      if (found[3].endsWith("\n")) lines.push([]);
    }
    return lines.filter((line) => line.length && line.some((value) => value !== ""));
  }

  // Gives the rows that a table names, and how many of its lines name no track of the study.
  function rowsOf(text, study) {
    const [header, ...lines] = fromCsv(text.replace(/^\ufeff/, ""));
    const places = HEADER.map((name) => (header ?? []).indexOf(name));
    if (places.includes(-1)) throw new Error(`it needs the columns ${HEADER.join(", ")}`);
    const found = lines.map((line) => study.rowOfKey.get(places.map((place) => line[place] ?? "").join("\n")));
    return { rows: found.filter((row) => row !== undefined), unknown: found.filter((row) => row === undefined).length };
  }

  // Calls changed(rows) whenever the marks change.
  function build(study, changed) {
    const place = `rootline explorer ${study.description.run} ${study.description.digest}`;
    const marked = new Set();

    function store() {
      try {
        localStorage.setItem(place, toCsv(sorted().map((row) => study.key(row))));
      } catch {
        // The browser keeps nothing for this page; the download is there for that.
      }
    }

    function sorted() {
      return [...marked].sort((a, b) => a - b);
    }

    function report() {
      store();
      changed(sorted());
    }

    return {
      restore() {
        let kept = null;
        try {
          kept = localStorage.getItem(place);
        } catch {
          return;
        }
        if (kept === null) return;
        for (const row of rowsOf(kept, study).rows) marked.add(row);
        changed(sorted());
      },
      has: (row) => marked.has(row),
      add(rows) {
        for (const row of rows) marked.add(row);
        report();
      },
      toggle(row) {
        if (!marked.delete(row)) marked.add(row);
        report();
      },
      clear() {
        marked.clear();
        report();
      },
      async load(file) {
        const { rows, unknown } = rowsOf(await file.text(), study);
        this.add(rows);
        return { known: rows.length, unknown };
      },
      // Downloads all marks, or those in some samples.
      download(name, samples = null) {
        const rows = sorted().filter((row) => samples === null || samples.includes(study.category("sample", row)));
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([toCsv(rows.map((row) => study.key(row)))], { type: "text/csv" }));
        link.download = `${name}-${study.description.run}.csv`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 60000);
      },
    };
  }

  return { build };
})();
