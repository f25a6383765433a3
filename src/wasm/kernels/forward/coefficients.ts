// Minimax polynomials. Written by scripts/coefficients.ts; do not edit.
// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: a coefficient may be near a constant without being one.

/** Φ(−a) on 0 ≤ a ≤ 5.5 in s = 2a / 5.5 − 1; its error and a times its error: at most 9.0e-8. */
export const PHI_0: f32 = 0.002979771;
export const PHI_1: f32 = -0.02500776;
export const PHI_2: f32 = 0.09455809;
export const PHI_3: f32 = -0.20682292;
export const PHI_4: f32 = 0.27189398;
export const PHI_5: f32 = -0.17695875;
export const PHI_6: f32 = -0.051510703;
export const PHI_7: f32 = 0.2171928;
export const PHI_8: f32 = -0.162211;
export const PHI_9: f32 = -0.031159583;
export const PHI_10: f32 = 0.13033228;
export const PHI_11: f32 = -0.055091694;
export const PHI_12: f32 = -0.038596805;
export const PHI_13: f32 = 0.034955226;
export const PHI_14: f32 = 0.0012090792;
export const PHI_15: f32 = -0.0071073556;
export const PHI_16: f32 = 0.0013453601;

/** Φ(−a) on 0 ≤ a ≤ 4.4 in s = 2a / 4.4 − 1; a times its error: at most 1.0e-5. */
export const PHI_COARSE_0: f32 = 0.013900287;
export const PHI_COARSE_1: f32 = -0.07800015;
export const PHI_COARSE_2: f32 = 0.18904497;
export const PHI_COARSE_3: f32 = -0.24288477;
export const PHI_COARSE_4: f32 = 0.13877895;
export const PHI_COARSE_5: f32 = 0.047682755;
export const PHI_COARSE_6: f32 = -0.11997809;
export const PHI_COARSE_7: f32 = 0.04018725;
export const PHI_COARSE_8: f32 = 0.02820109;
export const PHI_COARSE_9: f32 = -0.016929222;

/** (e^r − 1) / r on |r| ≤ ln 2 / 2; the relative error of e^r: at most 9.5e-8. */
export const EXP_0: f32 = 0.9999997;
export const EXP_1: f32 = 0.4999915;
export const EXP_2: f32 = 0.16667636;
export const EXP_3: f32 = 0.04189793;
export const EXP_4: f32 = 0.008290315;

/** (2^r − 1) / r on |r| ≤ 1 / 2; the relative error of 2^r: at most 1.1e-7. */
export const EXP2_0: f32 = 0.693147;
export const EXP2_1: f32 = 0.24022242;
export const EXP2_2: f32 = 0.055507336;
export const EXP2_3: f32 = 0.009671513;
export const EXP2_4: f32 = 0.0013264727;

/** (tanh x / x − 1) / x² on |x| ≤ 0.625 in z = x²; the relative error of tanh x: at most 8.6e-9. */
export const TANH_0: f32 = -0.3333328;
export const TANH_1: f32 = 0.13331442;
export const TANH_2: f32 = -0.053739715;
export const TANH_3: f32 = 0.020639088;
export const TANH_4: f32 = -0.005704987;
