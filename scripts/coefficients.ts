// Computes the polynomials of the kernels: minimax approximations by the Remez exchange algorithm, in double precision, their coefficients
// rounded to f32. `node scripts/coefficients.ts` writes src/wasm/kernels/forward/coefficients.ts; a test holds that the file is what this
// script gives. The ranges and the split of ln 2 are those of Cephes' expf and tanhf (S. L. Moshier).
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { erf } from "../src/wasm/kernels/reference/activation.ts";

interface Approximation {
  readonly name: string;
  /** What the polynomial stands for, in words and formulas. */
  readonly text: string;
  readonly f: (x: number) => number;
  /** The largest value of |weight(x) (p(x) − f(x))| is made as small as possible. */
  readonly weight: (x: number) => number;
  readonly from: number;
  readonly to: number;
  readonly degree: number;
  /** The variable of the polynomial: x, or s = 2 (x − from) / (to − from) − 1. */
  readonly variable: "x" | "s";
}

const Φ = (x: number) => (1 + erf(x / Math.SQRT2)) / 2;

/** (tanh √z / √z − 1) / z, by its series near 0, where the formula cancels. */
function tanhFactor(z: number): number {
  if (z < 0.01) return -1 / 3 + z * (2 / 15 + z * (-17 / 315 + z * (62 / 2835 - (z * 1382) / 155_925)));
  return (Math.tanh(Math.sqrt(z)) / Math.sqrt(z) - 1) / z;
}

export const APPROXIMATIONS: readonly Approximation[] = [
  {
    name: "PHI",
    text: "Φ(−a) on 0 ≤ a ≤ 5.5 in s = 2a / 5.5 − 1; its error and a times its error",
    f: (a) => Φ(-a),
    weight: (a) => Math.max(1, a),
    ...{ from: 0, to: 5.5, degree: 16, variable: "s" },
  },
  {
    name: "PHI_COARSE",
    text: "Φ(−a) on 0 ≤ a ≤ 4.4 in s = 2a / 4.4 − 1; a times its error",
    f: (a) => Φ(-a),
    weight: (a) => a,
    ...{ from: 0, to: 4.4, degree: 9, variable: "s" },
  },
  {
    name: "EXP",
    text: "(e^r − 1) / r on |r| ≤ ln 2 / 2; the relative error of e^r",
    f: (r) => (r === 0 ? 1 : Math.expm1(r) / r),
    weight: (r) => Math.abs(r) * Math.exp(-r),
    ...{ from: -Math.LN2 / 2, to: Math.LN2 / 2, degree: 4, variable: "x" },
  },
  {
    name: "EXP2",
    text: "(2^r − 1) / r on |r| ≤ 1 / 2; the relative error of 2^r",
    f: (r) => (r === 0 ? Math.LN2 : Math.expm1(r * Math.LN2) / r),
    weight: (r) => Math.abs(r) * 2 ** -r,
    ...{ from: -0.5, to: 0.5, degree: 4, variable: "x" },
  },
  {
    name: "TANH",
    text: "(tanh x / x − 1) / x² on |x| ≤ 0.625 in z = x²; the relative error of tanh x",
    f: tanhFactor,
    weight: (z) => (z === 0 ? 0 : z ** 1.5 / Math.tanh(Math.sqrt(z))),
    ...{ from: 0, to: 0.625 ** 2, degree: 4, variable: "x" },
  },
];

export interface Fit {
  /** By power, from 0 on, rounded to f32. */
  readonly coefficients: readonly number[];
  /** The largest |weight(x) (p(x) − f(x))| with these coefficients, evaluated in double precision. */
  readonly error: number;
}

const GRID = Array.from({ length: 8001 }, (_, i) => -Math.cos((Math.PI * i) / 8000));
const MAX_EXCHANGES = 50;
// Values of f are known to 1e-16, errors are 1e-9 and more.
const TOLERANCE = 1e-6;

/** The minimax polynomial of an approximation. */
export function fit({ f, weight, from, to, degree, variable }: Approximation): Fit {
  const toX = (s: number) => from + ((s + 1) * (to - from)) / 2;
  const values = GRID.map((s) => f(toX(s)));
  const weights = GRID.map((s) => weight(toX(s)));
  const powers = chebyshevToPowers(exchange(values, weights, degree));
  const slope = 2 / (to - from);
  const scaled = variable === "s" ? powers : substitute(powers, slope, -from * slope - 1);
  const coefficients = scaled.map(Math.fround);
  const error = GRID.reduce((largest, s, i) => {
    const p = coefficients.reduceRight((sum, c) => sum * (variable === "s" ? s : toX(s)) + c, 0);
    return Math.max(largest, Math.abs(weights[i]! * (p - values[i]!)));
  }, 0);
  return { coefficients, error };
}

/** Remez: the Chebyshev coefficients whose weighted error has the same size, with alternating signs, at degree + 2 points. */
function exchange(values: readonly number[], weights: readonly number[], degree: number): number[] {
  const count = degree + 2;
  // The zeros of the Chebyshev polynomial of that degree, as indices into the grid.
  let points = Array.from({ length: count }, (_, i) => Math.round(((2 * i + 1) / (2 * count)) * (GRID.length - 1)));
  for (let round = 0; round < MAX_EXCHANGES; round++) {
    const rows = points.map((i, n) => {
      const sign = n % 2 === 0 ? 1 : -1;
      return [...chebyshev(GRID[i]!, degree).map((t) => weights[i]! * t), sign, weights[i]! * values[i]!];
    });
    const solution = solve(rows);
    const coefficients = solution.slice(0, -1);
    const level = Math.abs(solution.at(-1)!);
    const errors = GRID.map((s, i) => weights[i]! * (evaluate(coefficients, s) - values[i]!));
    points = alternation(errors, count);
    const largest = points.reduce((max, i) => Math.max(max, Math.abs(errors[i]!)), 0);
    if (largest <= level * (1 + TOLERANCE)) return coefficients;
  }
  throw new Error(`the exchange does not converge in ${MAX_EXCHANGES} rounds`);
}

/** The index of the largest error of each run of one sign; of more than `count` runs, those at the ends that matter least are dropped. */
function alternation(errors: readonly number[], count: number): number[] {
  const peaks: number[] = [];
  errors.forEach((error, i) => {
    const last = peaks.at(-1);
    if (last === undefined || Math.sign(error) !== Math.sign(errors[last]!)) {
      if (error !== 0) peaks.push(i);
    } else if (Math.abs(error) > Math.abs(errors[last]!)) peaks[peaks.length - 1] = i;
  });
  while (peaks.length > count) {
    if (Math.abs(errors[peaks[0]!]!) < Math.abs(errors[peaks.at(-1)!]!)) peaks.shift();
    else peaks.pop();
  }
  if (peaks.length < count) throw new Error(`the error alternates ${peaks.length} times only`);
  return peaks;
}

/** T₀(s) … T_degree(s) */
function chebyshev(s: number, degree: number): number[] {
  const t = [1, s];
  while (t.length <= degree) t.push(2 * s * t.at(-1)! - t.at(-2)!);
  return t.slice(0, degree + 1);
}

function evaluate(coefficients: readonly number[], s: number): number {
  return chebyshev(s, coefficients.length - 1).reduce((sum, t, n) => sum + coefficients[n]! * t, 0);
}

function chebyshevToPowers(coefficients: readonly number[]): number[] {
  const powers = coefficients.map(() => 0);
  let [previous, current]: [number[], number[]] = [[1], [0, 1]];
  coefficients.forEach((c, n) => {
    const t = n === 0 ? previous : current;
    t.forEach((value, power) => {
      powers[power]! += c * value;
    });
    if (n > 0) {
      const doubled = [0, ...current.map((value) => 2 * value)];
      [previous, current] = [current, doubled.map((value, power) => value - (previous[power] ?? 0))];
    }
  });
  return powers;
}

/** The powers of x of a polynomial in s = slope × x + offset. */
function substitute(powers: readonly number[], slope: number, offset: number): number[] {
  return powers.reduceRight<number[]>((sum, c) => {
    const next = Array.from({ length: sum.length + 1 }, (_, n) => offset * (sum[n] ?? 0) + slope * (sum[n - 1] ?? 0));
    next[0]! += c;
    return next.slice(0, powers.length);
  }, []);
}

/** Solves a square system, given as rows with the right-hand side at the end, by Gaussian elimination with pivots. */
function solve(rows: number[][]): number[] {
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const pivot = rows
      .slice(column)
      .reduce((best, row) => (Math.abs(row[column]!) > Math.abs(best[column]!) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[column]! / pivot[column]!;
      for (let i = column; i <= size; i++) row[i]! -= factor * pivot[i]!;
    }
  }
  return rows.map((row, i) => row[size]! / row[i]!);
}

const HEADER = `// Minimax polynomials. Written by scripts/coefficients.ts; do not edit.
// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: a coefficient may be near a constant without being one.
`;

/** The source of src/wasm/kernels/forward/coefficients.ts. */
export function renderCoefficients(): string {
  const blocks = APPROXIMATIONS.map((approximation) => {
    const { coefficients, error } = fit(approximation);
    const lines = coefficients.map((c, power) => `export const ${approximation.name}_${power}: f32 = ${shortest(c)};`);
    return [`/** ${approximation.text}: at most ${error.toExponential(1)}. */`, ...lines].join("\n");
  });
  return `${HEADER}\n${blocks.join("\n\n")}\n`;
}

/** The shortest decimal that is this f32. */
function shortest(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

if (import.meta.main) {
  const file = new URL("../src/wasm/kernels/forward/coefficients.ts", import.meta.url);
  writeFileSync(fileURLToPath(file), renderCoefficients());
}
