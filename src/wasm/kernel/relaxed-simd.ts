// Which build of the kernels this runtime can take. One question, asked of WebAssembly itself.
import type { KernelBuild } from "../kernels/abi.ts";

// (module (func (result v128) (i8x16.relaxed_swizzle (i8x16.splat (i32.const 1)) (i8x16.splat (i32.const 2)))))
const PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15,
  253, 128, 2, 11,
]);

/** `relaxed` where the runtime has relaxed SIMD, else `baseline`. */
export function preferredBuild(): KernelBuild {
  return WebAssembly.validate(PROBE) ? "relaxed" : "baseline";
}
