// The exports of the training modules; src/wasm/kernels/training-abi.ts describes them. They share a memory with a forward module.
export { activate_f32, activation_backward_f32 } from "./activation";
export { adamw_f32, add_f32, sum_squares_f32 } from "./adamw";
export { attention_backward_f32, attention_backward_scratch, attention_dropout_f32 } from "./attention";
export { dropout_f32 } from "./dropout";
export { embed_backward_f32, embed_rows_f32 } from "./embed";
export { gemm_accumulate_f32, sum_rows_f32 } from "./gemm";
export { layernorm_backward_f32 } from "./layernorm";
export { binary_cross_entropy_f32, softmax_cross_entropy_f32, squared_error_f32 } from "./losses";
export { cosine_pairs_f32, normalize_backward_f32, normalize_f32 } from "./normalize";
export { pack_f32, pack_transposed_f32, transpose_f32 } from "./pack";
