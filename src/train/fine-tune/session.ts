// A model in training: weights, gradients and AdamW's means in wasm memory, and one method per part of a step.
import { encoderSpec } from "../../architectures/architectures.ts";
import type { BertConfig } from "../../architectures/config.ts";
import type { EncoderSpec } from "../../architectures/encoder-spec.ts";
import { encoderShapes } from "../../architectures/encoder-spec.ts";
import { type HeadSpec, headShapes } from "../../architectures/head-spec.ts";
import { BertletError } from "../../errors.ts";
import { align } from "../../quantize/layout.ts";
import type { TensorView } from "../../safetensors.ts";
import { Layout, type SessionMemory } from "../../wasm/kernel/arena.ts";
import type { KernelBuild } from "../../wasm/kernels/abi.ts";
import { type Dropout, EncoderPass, type TrainingRow } from "./encoder-pass.ts";
import { planOutput } from "./head-pass.ts";
import { type Kernels, openKernels } from "./kernels.ts";
import { objectivesOf, type Targets } from "./objectives.ts";
import { type OptimizerOptions, optimize } from "./optimizer.ts";
import { Parameters, trainedEncoder } from "./parameters.ts";

export interface TrainingBatch {
  readonly rows: readonly TrainingRow[];
  readonly targets: Targets;
}

export interface TrainingSessionOptions {
  /** The head to train, with its tensors among `tensors`; none for sentence vectors. */
  readonly head?: HeadSpec | undefined;
  /** How many of the last layers are trained, with the head; the whole encoder when left out. */
  readonly layers?: number | undefined;
  readonly build?: KernelBuild | undefined;
  readonly maximumMemory?: number | undefined;
  /** Whether elements are dropped as the config says; false when left out. */
  readonly dropout?: boolean | undefined;
  readonly seed?: number | undefined;
}

/** A weight's gradient and means may be saved with it, so that training can go on where it stopped. */
export interface TrainingState {
  readonly step: number;
  /** Batches that were read, of which a step may accumulate several: each has dropout of its own. */
  readonly passes: number;
  readonly tensors: Map<string, TensorView>;
}

const MEAN = "optimizer.mean.";
const SQUARE = "optimizer.square.";

export class TrainingSession {
  readonly parameters: Parameters;
  readonly #spec: EncoderSpec;
  readonly #config: BertConfig;
  readonly #options: TrainingSessionOptions;
  readonly #kernels: Kernels;
  readonly #memory: SessionMemory;
  readonly #encoder: EncoderPass;
  readonly #weightBytes: number;
  #passes = 0;
  #step = 0;

  private constructor(
    config: BertConfig,
    options: TrainingSessionOptions,
    { kernels, memory }: { readonly kernels: Kernels; readonly memory: SessionMemory },
    parameters: Parameters,
  ) {
    this.#config = config;
    this.#spec = encoderSpec(config);
    this.#options = options;
    this.#kernels = kernels;
    this.#memory = memory;
    this.#weightBytes = memory.arena;
    this.parameters = parameters;
    this.#encoder = new EncoderPass(this.#spec, kernels, memory, parameters, config.pad_token_id);
  }

  /**
   * @throws BertletError `invalid_checkpoint` for tensors that are missing, `unsupported` for a decoder with cross-attention, `out_of_memory`
   */
  static async create(
    config: BertConfig,
    tensors: ReadonlyMap<string, TensorView>,
    options: TrainingSessionOptions = {},
  ): Promise<TrainingSession> {
    const spec = encoderSpec(config);
    const { head, layers } = options;
    if (spec.layers.cross !== undefined)
      throw new BertletError("unsupported", "a decoder with cross-attention is not trained");
    if (layers !== undefined && (layers < 1 || layers > spec.layers.count))
      throw new BertletError("invalid_input", `layers is ${layers}; the model has ${spec.layers.count}`);
    const own = head ? headShapes(head, spec.hiddenSize) : new Map<string, readonly number[]>();
    const shapes = new Map([...encoderShapes({ ...spec, outputs: [] }), ...own]);
    const trained = trainedEncoder(spec, layers);
    const core = encoderShapes({ ...spec, outputs: [] });
    for (const name of own.keys()) if (layers === undefined || !core.has(name)) trained.add(name);
    const layout = new Layout(64);
    const bind = Parameters.plan(spec, shapes, trained, layout);
    const opened = await openKernels(layout.bytes, options.build, options.maximumMemory);
    const parameters = bind(opened.memory);
    parameters.write(tensors);
    return new TrainingSession(config, options, opened, parameters);
  }

  /** Forgets the gradients. */
  clearGradients(): void {
    for (const { gradient, rows, columns } of this.parameters.trained)
      this.#memory.f32(gradient, rows * columns).fill(0);
  }

  /**
   * Adds the gradients of a batch, times `scale`, and returns its loss.
   * @throws BertletError `invalid_input` for labels that do not fit, `input_too_large` for what the memory cannot hold
   */
  accumulate(batch: TrainingBatch, scale = 1): number {
    const { seed = 0 } = this.#options;
    const pass = (seed + 7919 * ++this.#passes) | 0;
    const dropout = { ...this.#rates(), seed: Math.imul(pass, 0x2545f491) | 0 };
    const { plan, objectives } = this.#forward(batch, dropout);
    this.#memory.f32(plan.gradient, plan.M * align(this.#spec.hiddenSize)).fill(0);
    let loss = 0;
    for (const { objective, run } of objectives) {
      const output = run(plan, { rate: this.#headRate(), seed: dropout.seed - 1 });
      loss += objective.lossOf(output, scale);
      output.backward();
    }
    this.#encoder.backward(plan, dropout);
    return loss;
  }

  /**
   * The loss of a batch without dropout. Gradients, weights and the dropout of later passes stay as they are.
   * @throws BertletError as {@link accumulate}
   */
  evaluate(batch: TrainingBatch): number {
    const { plan, objectives } = this.#forward(batch, { hidden: 0, attention: 0, seed: 0 });
    const lossOf = ({ objective, run }: (typeof objectives)[number]) =>
      objective.lossOf(run(plan, { rate: 0, seed: 0 }), 1);
    return objectives.reduce((sum, planned) => sum + lossOf(planned), 0);
  }

  /** From a batch to the last hidden states of its plan, and its outputs to be run. */
  #forward({ rows, targets }: TrainingBatch, dropout: Dropout) {
    const [kernels, memory] = [this.#kernels, this.#memory];
    const { hiddenSize, epsilon } = this.#spec;
    const layout = new Layout(this.#weightBytes);
    const plan = this.#encoder.plan(layout, rows);
    const context = { kernels, memory, layout, hiddenSize };
    const objectives = objectivesOf(context, this.#options.head, rows, targets).map((objective) => ({
      objective,
      run: planOutput({ ...context, parameters: this.parameters, epsilon }, layout, objective.steps, objective.sources),
    }));
    memory.reserve(layout.bytes);
    this.#encoder.forward(plan, dropout);
    return { plan, objectives };
  }

  /** Applies the gradients; returns their norm before clipping. */
  apply(options: OptimizerOptions): number {
    return optimize(this.#kernels, this.parameters.trained, this.#step++, options);
  }

  get step(): number {
    return this.#step;
  }

  /** The weights, under their canonical names. */
  tensors(): Map<string, TensorView> {
    return this.parameters.tensors();
  }

  /** What `restore` needs to go on from here. */
  state(): TrainingState {
    const tensors = this.tensors();
    for (const parameter of this.parameters.trained) {
      for (const [prefix, address] of [
        [MEAN, parameter.mean],
        [SQUARE, parameter.square],
      ] as const) {
        const bytes = new Uint8Array(this.parameters.read(parameter, address).buffer);
        tensors.set(prefix + parameter.name, { dtype: "F32", shape: parameter.shape, bytes });
      }
    }
    return { step: this.#step, passes: this.#passes, tensors };
  }

  /** Goes on from a state. @throws BertletError `invalid_checkpoint` for a state of another model; nothing has changed then */
  restore({ step, passes, tensors }: TrainingState): void {
    const means = this.parameters.trained.flatMap((parameter) =>
      ([MEAN, SQUARE] as const).map((prefix) => {
        const tensor = tensors.get(prefix + parameter.name);
        if (tensor?.shape.join() !== parameter.shape.join())
          throw new BertletError("invalid_checkpoint", `${prefix}${parameter.name} is missing or has another shape`);
        const values = new Float32Array(tensor!.bytes.slice().buffer);
        return { parameter, address: prefix === MEAN ? parameter.mean : parameter.square, values };
      }),
    );
    this.parameters.write(tensors);
    for (const { parameter, address, values } of means) this.parameters.store(parameter, address, values);
    this.#step = step;
    this.#passes = passes;
  }

  #rates(): { readonly hidden: number; readonly attention: number } {
    if (!this.#options.dropout) return { hidden: 0, attention: 0 };
    const rate = (key: string) => Number(this.#config.get(key) ?? 0.1);
    return { hidden: rate("hidden_dropout_prob"), attention: rate("attention_probs_dropout_prob") };
  }

  /** As the reference's classes have it: before the last layer of classifiers. */
  #headRate(): number {
    const kinds = ["sequence-classification", "token-classification", "multiple-choice"];
    if (!this.#options.dropout || !kinds.includes(this.#options.head?.kind ?? "")) return 0;
    return Number(this.#config.get("classifier_dropout") ?? this.#config.get("hidden_dropout_prob") ?? 0.1);
  }
}
