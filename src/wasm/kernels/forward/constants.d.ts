// What scripts/build-kernel.ts sets for each build (`--use`), for editors and the type check. The compiler does not read this file.

/** 1: relaxed SIMD; 0: plain SIMD128, the baseline build. */
declare const RELAXED: bool;
/** The int8 inner loop: 1: relaxed dot products; 0: pairs of products; 2: whichever suits the processor. */
declare const DOT_PRODUCT: i32;
