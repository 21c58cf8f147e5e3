"use strict";
// The model's decoder: a linear layer, then transposed convolutions. Arrays are flat, in the order channel, wire, tick.
const Decoder = (() => {
  // Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: |error| < 1.5e-7.
  function erf(x) {
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const polynomial = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return Math.sign(x) * (1 - polynomial * Math.exp(-x * x));
  }

  // With PyTorch's defaults.
  const ACTIVATIONS = {
    relu: (x) => (x > 0 ? x : 0),
    leaky_relu: (x) => (x > 0 ? x : 0.01 * x),
    softplus: (x) => (x > 20 ? x : Math.log1p(Math.exp(x))),
    silu: (x) => x / (1 + Math.exp(-x)),
    gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  };

  function linear(layer, input) {
    const output = new Float32Array(layer.n_out);
    for (let o = 0; o < layer.n_out; o++) {
      let sum = layer.biases[o];
      for (let i = 0; i < layer.n_in; i++) sum += layer.weights[o * layer.n_in + i] * input[i];
      output[o] = sum;
    }
    return output;
  }

  // Each input pixel adds a kernel to a canvas that is large enough for all; the padding is cut off at the end.
  function deconvolution(layer, input, height, width, activation) {
    const { n_in: inputs, n_out: outputs, kernel, stride, padding, output_padding: extra } = layer;
    const outHeight = (height - 1) * stride - 2 * padding + kernel + extra;
    const outWidth = (width - 1) * stride - 2 * padding + kernel + extra;
    const wide = (width - 1) * stride + kernel + extra;
    const high = (height - 1) * stride + kernel + extra;
    const canvas = new Float32Array(wide * high);
    const output = new Float32Array(outputs * outHeight * outWidth);
    for (let o = 0; o < outputs; o++) {
      canvas.fill(layer.biases[o]);
      for (let i = 0; i < inputs; i++) {
        const weights = (i * outputs + o) * kernel * kernel;
        for (let y = 0, pixel = i * height * width; y < height; y++) {
          for (let x = 0; x < width; x++, pixel++) {
            const value = input[pixel];
            if (value === 0) continue;
            let corner = y * stride * wide + x * stride;
            for (let ky = 0, w = weights; ky < kernel; ky++, corner += wide) {
              for (let kx = 0; kx < kernel; kx++, w++) canvas[corner + kx] += value * layer.weights[w];
            }
          }
        }
      }
      for (let y = 0, to = o * outHeight * outWidth; y < outHeight; y++) {
        const from = (y + padding) * wide + padding;
        for (let x = 0; x < outWidth; x++, to++) output[to] = activation(canvas[from + x]);
      }
    }
    return { output, height: outHeight, width: outWidth };
  }

  // Gives a function from latents to an image, as planes x wires x ticks in the units of training.
  function build(description, weights, biases) {
    const activation = ACTIVATIONS[description.activation];
    let usedWeights = 0;
    let usedBiases = 0;
    const layers = description.layers.map((layer) => {
      const n = layer.n_in * layer.n_out * (layer.kernel ?? 1) ** 2;
      const own = weights.slice(usedWeights, usedWeights + n).map((weight) => weight * layer.weight_scale);
      const ready = { ...layer, weights: own, biases: biases.slice(usedBiases, usedBiases + layer.n_out) };
      usedWeights += n;
      usedBiases += layer.n_out;
      return ready;
    });
    return (latents) => {
      let [, height, width] = description.code_shape;
      let values = latents;
      for (const layer of layers) {
        if (layer.kind === "linear") values = linear(layer, values);
        else ({ output: values, height, width } = deconvolution(layer, values, height, width, activation));
      }
      return values;
    };
  }

  return { build };
})();
