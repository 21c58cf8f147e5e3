"use strict";
// A slider per latent, and the image that the decoder makes of them at every move.
const Sliders = (() => {
  const STEPS = 400;

  function build(study) {
    const box = document.getElementById("sliders");
    const decoded = document.getElementById("decoded");
    const inputs = study.description.latents.map((name, number) => {
      const values = study.column(name).values;
      const ends = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [-3, 3]);
      const label = document.createElement("label");
      const text = document.createElement("span");
      const input = document.createElement("input");
      const output = document.createElement("output");
      text.textContent = String(number);
      Object.assign(input, { type: "range", min: ends[0], max: ends[1], step: (ends[1] - ends[0]) / STEPS });
      input.setAttribute("aria-label", `latent ${number}`);
      label.append(text, input, output);
      box.append(label);
      return { input, output, value: 0 };
    });
    const canvases = study.description.planes.map((plane) => {
      const figure = document.createElement("figure");
      const caption = document.createElement("figcaption");
      caption.textContent = plane;
      const canvas = TrackPanel.newImage(study, `decoded ${plane}`, `decoded from the sliders, ${plane} plane`);
      figure.append(canvas, caption);
      decoded.append(figure);
      return canvas;
    });
    let largest = 1;
    let waiting = false;

    function paint() {
      waiting = false;
      const image = study.decode(Float32Array.from(inputs, (each) => each.value));
      const perPlane = image.length / canvases.length;
      canvases.forEach((canvas, plane) => {
        const values = image.subarray(plane * perPlane, (plane + 1) * perPlane);
        TrackPanel.paint(study, canvas, values, largest, { threshold: TrackPanel.FAINT * largest });
      });
    }

    // However fast a slider moves, one image per frame is decoded.
    function request() {
      if (!waiting) requestAnimationFrame(paint);
      waiting = true;
    }

    function put(each, value) {
      each.value = value;
      each.output.textContent = value.toFixed(2);
    }

    for (const each of inputs) {
      each.input.addEventListener("input", () => {
        put(each, Number(each.input.value));
        request();
      });
    }

    return {
      // Puts the sliders at some latents; scale is the largest value of the colours.
      set(latents, scale) {
        largest = scale ?? largest;
        inputs.forEach((each, number) => {
          each.input.value = latents[number];
          put(each, latents[number]);
        });
        request();
      },
    };
  }

  return { build };
})();
