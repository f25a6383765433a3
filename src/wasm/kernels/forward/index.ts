// The exports of the kernel modules; src/wasm/kernels/abi.ts describes them.
export { attention_f32, attention_scratch } from "./attention";
export { embed_f32, embed_qc7w, embed_qm4w } from "./embed";
export { gemm_f32 } from "./gemm-f32";
export { gemm_qd8_f32_qc7w } from "./gemm-qc7w";
export { gemm_qd8_f32_qm4w } from "./gemm-qm4w";
export { layernorm_f32, layernorm_f32_qd8 } from "./layernorm";
export { qd8_bytes, qd8_group, quantize_f32_qd8 } from "./quantize";
export { rotate_f32 } from "./rotate";
export { __instance_signal } from "./signal";
