// Minimises a smooth function of many variables: L-BFGS (Liu and Nocedal 1989) with a line search for the weak Wolfe conditions (Lewis and Overton
// 2013), which brackets a step and halves it.

/** The value at a point; its gradient is written to `gradient`. Both have as many numbers as there are variables. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface MinimizeOptions {
  /** Stop when no component of the gradient is larger; 1e-5 when left out. */
  readonly tolerance?: number | undefined;
  /** 500 when left out. */
  readonly maxIterations?: number | undefined;
}

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** Whether the gradient is within the tolerance. */
  readonly converged: boolean;
}

// Steps that are remembered.
const MEMORY = 10;
const SUFFICIENT_DECREASE = 1e-4;
const CURVATURE = 0.9;
const MAX_TRIALS = 40;
// The first step says nothing of the scale, which may be far from 1.
const GROWTH = 4;
// How exact a value is that was computed in f32.
const ROUNDING = 1e-6;

interface Step {
  /** How the point and the gradient changed. */
  readonly s: Float64Array;
  readonly y: Float64Array;
  /** 1 / (y·s) */
  readonly rho: number;
}

/**
 * @example
 * const { point } = minimize(([x = 0], gradient) => {
 *   gradient[0] = 2 * (x - 3);
 *   return (x - 3) ** 2;
 * }, new Float64Array(1)); // [3]
 */
export function minimize(objective: Objective, start: Float64Array, options?: MinimizeOptions): Minimum {
  const steps = minimizing(objective, start, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** As {@link minimize}; `between` is awaited after every step, for the caller to let others run. */
export async function minimizeInTurns(
  objective: Objective,
  start: Float64Array,
  options: MinimizeOptions,
  between: () => Promise<void>,
): Promise<Minimum> {
  const steps = minimizing(objective, start, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await between();
  }
}

/** Yields after every step. */
function* minimizing(
  objective: Objective,
  start: Float64Array,
  options: MinimizeOptions = {},
): Generator<void, Minimum, void> {
  const { tolerance = 1e-5, maxIterations = 500 } = options;
  let point = start.slice();
  let gradient = new Float64Array(point.length);
  let value = objective(point, gradient);
  const steps: Step[] = [];
  let iterations = 0;
  for (; iterations < maxIterations && largest(gradient) > tolerance; iterations++) {
    const direction = descentDirection(gradient, steps);
    const found = searchLine(objective, point, value, gradient, direction, steps.length === 0);
    if (!found) break;
    const s = difference(found.point, point);
    const y = difference(found.gradient, gradient);
    const curvature = dot(y, s);
    if (curvature > 0) {
      steps.push({ s, y, rho: 1 / curvature });
      if (steps.length > MEMORY) steps.shift();
    }
    ({ point, value, gradient } = found);
    yield;
  }
  return { point, value, iterations, converged: largest(gradient) <= tolerance };
}

/** −H·gradient, where H approximates the inverse Hessian: the two-loop recursion. */
function descentDirection(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const direction = gradient.map((g) => -g);
  const alphas = steps.map(() => 0);
  for (let i = steps.length - 1; i >= 0; i--) {
    const { s, y, rho } = steps[i]!;
    alphas[i] = rho * dot(s, direction);
    add(direction, y, -alphas[i]!);
  }
  const last = steps.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  for (const [i, { s, y, rho }] of steps.entries()) add(direction, s, alphas[i]! - rho * dot(y, direction));
  return direction;
}

interface Trial {
  readonly point: Float64Array<ArrayBuffer>;
  readonly value: number;
  readonly gradient: Float64Array<ArrayBuffer>;
}

/** A point along the direction that is lower enough, where the slope is flatter; undefined when rounding hides any decrease. */
function searchLine(
  objective: Objective,
  from: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
  isFirst: boolean,
): Trial | undefined {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return undefined;
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  let length = isFirst ? 1 / Math.sqrt(dot(gradient, gradient)) : 1;
  for (let trials = 0; trials < MAX_TRIALS; trials++) {
    const point = new Float64Array(from);
    add(point, direction, length);
    const trial = { point, gradient: new Float64Array(from.length), value: 0 };
    trial.value = objective(point, trial.gradient);
    const slopeThere = dot(trial.gradient, direction);
    const isLower = trial.value <= value + SUFFICIENT_DECREASE * length * slope;
    // Where rounding hides what the value loses, the slope tells it (Hager and Zhang 2005).
    const isLowerBySlope =
      trial.value <= value + ROUNDING * Math.abs(value) && slopeThere <= (2 * SUFFICIENT_DECREASE - 1) * slope;
    if (!(isLower || isLowerBySlope)) high = length;
    else if (slopeThere < CURVATURE * slope) low = length;
    else return trial;
    length = high === Number.POSITIVE_INFINITY ? GROWTH * low : (low + high) / 2;
  }
  return undefined;
}

/** In four sums, so that no addition waits for the one before it. */
function dot(a: Float64Array, b: Float64Array): number {
  let [p, q, r, s] = [0, 0, 0, 0];
  const whole = a.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    p += a[i]! * b[i]!;
    q += a[i + 1]! * b[i + 1]!;
    r += a[i + 2]! * b[i + 2]!;
    s += a[i + 3]! * b[i + 3]!;
  }
  for (let i = whole; i < a.length; i++) p += a[i]! * b[i]!;
  return p + q + (r + s);
}

/** a += factor·b */
function add(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i]! += factor * b[i]!;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  const result = new Float64Array(a);
  add(result, b, -1);
  return result;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
