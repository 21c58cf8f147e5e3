"use strict";
// The data of the page: text blocks of base64 over zlib, unpacked when they are wanted.
const Unpack = (() => {
  function bytesOf(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return bytes;
  }

  // Gives the bytes of one block as an ArrayBuffer.
  async function block(name) {
    const text = document.getElementById(`block-${name}`).textContent;
    const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).arrayBuffer();
  }

  // IEEE half precision to single: old browsers have no Float16Array.
  function halves(buffer) {
    const bits = new Uint16Array(buffer);
    const values = new Float32Array(bits.length);
    for (let i = 0; i < bits.length; i++) {
      const sign = bits[i] & 0x8000 ? -1 : 1;
      const exponent = (bits[i] >> 10) & 31;
      const fraction = bits[i] & 1023;
      values[i] = sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
    }
    return values;
  }

  // Runs a script of the page's own; the page's policy lets only the one through whose hash it names.
  async function script(name) {
    const element = document.createElement("script");
    element.textContent = new TextDecoder().decode(await block(name));
    document.head.append(element);
  }

  // Cuts a buffer into rows of one length.
  function rows(values, length) {
    return Array.from({ length: length ? values.length / length : 0 }, (_, i) => values.subarray(i * length, (i + 1) * length));
  }

  return { block, halves, script, rows };
})();
