// The exports of the kernel modules; src/wasm/kernels/abi.ts describes them.
export { attention_f32, attention_scratch } from "./attention";
export { embed_f32, embed_qb4w, embed_qc8w } from "./embed";
export { gemm_f32 } from "./gemm-f32";
export { gemm_qd8_f32_qb4w } from "./gemm-qb4w";
export { dot_product, gemm_qd8_f32_qc8w } from "./gemm-qd8";
export { layernorm_f32, layernorm_f32_qd8 } from "./layernorm";
export { qd8_bytes, qd8_group, quantize_f32_qd8 } from "./quantize";
export { rotate_f32 } from "./rotate";
