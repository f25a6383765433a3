// Reads int8 activations out of a build's own layout (src/wasm/kernels/forward/quantize.ts).
import type { KernelBuild } from "../../../src/wasm/kernels/abi.ts";
import type { Arena } from "./arena.ts";

/** [M][K] */
export function readQd8(build: KernelBuild, arena: Arena, q: number, M: number, K: number): Int8Array {
  const values = new Int8Array(M * K);
  const view = new DataView(arena.bytes(q, 1).buffer, q);
  for (let m = 0; m < M; m++) {
    for (let k = 0; k < K; k++) {
      const at = (m >> 2) * arena.exports.qd8_group(K);
      const row = m & 3;
      const step = k >> 2;
      values[m * K + k] =
        build === "relaxed"
          ? view.getInt8(at + step * 16 + row * 4 + (k & 3))
          : view.getInt16(at + step * 32 + row * 8 + (k & 3) * 2, true);
    }
  }
  return values;
}
