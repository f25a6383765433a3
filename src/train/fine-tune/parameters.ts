// The weights that are trained, in wasm memory: row-major and padded as the kernels want them, each with its gradient and AdamW's means.
//
// Letters: N outputs, K inputs, A heads, D head size, P padded D.
import type { EncoderSpec } from "../../architectures/encoder-spec.ts";
import { encoderShapes, layersOf } from "../../architectures/encoder-spec.ts";
import { BertletError } from "../../errors.ts";
import { align } from "../../quantize/layout.ts";
import { type TensorView, toFloat32 } from "../../safetensors.ts";
import type { Layout, SessionMemory } from "../../wasm/kernel/arena.ts";

/** A tensor in memory; vectors are one row. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Padded: [rows][columns]. */
  readonly rows: number;
  readonly columns: number;
  /** f32 [rows][columns]. */
  readonly weight: number;
  /** The same of the gradient and of AdamW's means; 0 where the parameter is frozen. */
  readonly gradient: number;
  readonly mean: number;
  readonly square: number;
  /** Whether weight decay applies: not to biases and LayerNorms. */
  readonly decays: boolean;
}

/** The place of each row and column in the padded tensor. */
interface Placement {
  readonly rows: (row: number) => number;
  readonly columns: (column: number) => number;
}

export class Parameters {
  readonly all: ReadonlyMap<string, Parameter>;
  readonly #memory: SessionMemory;
  readonly #spec: EncoderSpec;

  private constructor(spec: EncoderSpec, memory: SessionMemory, all: ReadonlyMap<string, Parameter>) {
    this.#spec = spec;
    this.#memory = memory;
    this.all = all;
  }

  /** Lays out `shapes`, gradients and means for those in `trained` alone. */
  static plan(
    spec: EncoderSpec,
    shapes: ReadonlyMap<string, readonly number[]>,
    trained: ReadonlySet<string>,
    layout: Layout,
  ): (memory: SessionMemory) => Parameters {
    const order = adjacentOrder(spec, [...shapes.keys()]);
    const sizes = new Map(order.map((name) => [name, paddedSize(spec, name, shapes.get(name)!)]));
    const place = (names: readonly string[]) =>
      new Map(names.map((name) => [name, layout.take(sizes.get(name)!.rows * sizes.get(name)!.columns, 4)]));
    const chosen = order.filter((name) => trained.has(name));
    const [weights, gradients, means, squares] = [place(order), place(chosen), place(chosen), place(chosen)];
    const all = new Map(
      order.map((name) => {
        const parameter: Parameter = {
          name,
          shape: shapes.get(name)!,
          ...sizes.get(name)!,
          weight: weights.get(name)!,
          gradient: gradients.get(name) ?? 0,
          mean: means.get(name) ?? 0,
          square: squares.get(name) ?? 0,
          decays: !/\.bias$|LayerNorm|layer_norm/.test(name),
        };
        return [name, parameter];
      }),
    );
    return (memory) => new Parameters(spec, memory, all);
  }

  get(name: string): Parameter {
    return this.all.get(name)!;
  }

  get trained(): Parameter[] {
    return [...this.all.values()].filter(({ gradient }) => gradient > 0);
  }

  /** @throws BertletError `invalid_checkpoint` for a tensor that is missing or has another shape */
  write(tensors: ReadonlyMap<string, TensorView>): void {
    const found = Array.from(this.all.values(), (parameter) => {
      const tensor = tensors.get(parameter.name);
      if (!tensor) throw new BertletError("invalid_checkpoint", `${parameter.name} is missing`);
      if (tensor.shape.join() !== parameter.shape.join()) {
        const [has, wants] = [tensor.shape.join(", "), parameter.shape.join(", ")];
        throw new BertletError("invalid_checkpoint", `${parameter.name} has shape [${has}], not [${wants}]`);
      }
      return { parameter, tensor };
    });
    for (const { parameter, tensor } of found) this.store(parameter, parameter.weight, toFloat32(tensor));
  }

  /** Writes the values of a tensor to `address`, padded. */
  store(parameter: Parameter, address: number, values: Float32Array): void {
    const { rows, columns } = parameter;
    const target = this.#memory.f32(address, rows * columns).fill(0);
    this.#each(parameter, (at, index) => {
      target[at] = values[index]!;
    });
  }

  /** The values at `address` without padding: of the weight, of its gradient or of a mean. */
  read(parameter: Parameter, address: number): Float32Array {
    const { rows, columns, shape } = parameter;
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    const from = this.#memory.f32(address, rows * columns);
    this.#each(parameter, (at, index) => {
      values[index] = from[at]!;
    });
    return values;
  }

  /** The weights as tensors of a checkpoint. */
  tensors(): Map<string, TensorView> {
    return new Map(
      [...this.all.values()].map((parameter) => {
        const values = this.read(parameter, parameter.weight);
        return [parameter.name, { dtype: "F32", shape: parameter.shape, bytes: new Uint8Array(values.buffer) }];
      }),
    );
  }

  #each({ name, shape, columns }: Parameter, visit: (at: number, index: number) => void): void {
    const placement = placementOf(this.#spec, name);
    const [N, K] = shape.length === 2 ? (shape as [number, number]) : [1, shape[0]!];
    // The bias of a headed layer is placed like its rows.
    const place = shape.length === 2 ? placement : { rows: () => 0, columns: placement.rows };
    for (let n = 0; n < N; n++) {
      const row = place.rows(n) * columns;
      for (let k = 0; k < K; k++) visit(row + place.columns(k), n * K + k);
    }
  }
}

/** Queries, keys and values are one product: their matrices, and their biases, must lie one after the other. */
function adjacentOrder(spec: EncoderSpec, names: readonly string[]): string[] {
  const grouped = new Set<string>();
  for (const { query, key, value } of layersOf(spec)) {
    for (const part of ["weight", "bias"]) for (const { name } of [query, key, value]) grouped.add(`${name}.${part}`);
  }
  const present = new Set(names);
  return [...[...grouped].filter((name) => present.has(name)), ...names.filter((name) => !grouped.has(name))];
}

function paddedSize(spec: EncoderSpec, name: string, shape: readonly number[]): { rows: number; columns: number } {
  const { heads, headSize } = spec.layers;
  const width = heads * align(headSize);
  const role = roleOf(spec, name);
  if (shape.length === 1) return { rows: 1, columns: role === "heads out" ? width : align(shape[0]!) };
  const [N, K] = shape as [number, number];
  return { rows: role === "heads out" ? width : align(N), columns: role === "heads in" ? width : align(K) };
}

/** Whether the rows or the columns of a tensor are those of heads. */
function roleOf(spec: EncoderSpec, name: string): "heads out" | "heads in" | undefined {
  const { prefix, parts } = spec.layers;
  if (!name.startsWith(`${prefix}.`)) return undefined;
  const rest = name.slice(prefix.length + 1).replace(/^\d+\./, "");
  const base = rest.replace(/\.(weight|bias)$/, "");
  if ([parts.query, parts.key, parts.value].includes(base)) return "heads out";
  return rest === `${parts.output}.weight` ? "heads in" : undefined;
}

function placementOf(spec: EncoderSpec, name: string): Placement {
  const { headSize: D } = spec.layers;
  const P = align(D);
  const same = (index: number) => index;
  const headed = (index: number) => Math.floor(index / D) * P + (index % D);
  const role = roleOf(spec, name);
  return { rows: role === "heads out" ? headed : same, columns: role === "heads in" ? headed : same };
}

/** What a session trains beside its head: everything, or the last `layers` layers. */
export function trainedEncoder(spec: EncoderSpec, layers: number | undefined): Set<string> {
  const core = encoderShapes({ ...spec, outputs: [] });
  if (layers === undefined) return new Set(core.keys());
  const first = spec.layers.count - layers;
  const at = new RegExp(`^${spec.layers.prefix.replaceAll(".", "\\.")}\\.(\\d+)\\.`);
  return new Set([...core.keys()].filter((name) => Number(at.exec(name)?.[1] ?? -1) >= first));
}
