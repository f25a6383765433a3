// How wide the vectors of WebAssembly are in this process: revectorization.ts widens them where it can.
export const wasmWidth: { bits: 128 | 256 } = { bits: 128 };
