// BertForMultipleChoice: which of several texts goes best with a prompt. Each choice is read together with the prompt, a row each.
import { Tensor } from "onnxruntime-common";
import { BertletError } from "../errors.ts";
import { INPUT_NAMES } from "../heads/inputs.ts";
import { floats } from "../heads/outputs.ts";
import { topIndices, toScores } from "../heads/scores.ts";
import type { TextOptions } from "../heads/tokenization.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import type { Feeds } from "../wasm/session.ts";
import type { LoadedModel, PretrainedSource } from "./loaded-model.ts";
import { BertHeadModel, type ForwardOptions, fromPretrained, type HeadOptions, type ModelOutput } from "./model.ts";

/** [batch][choices][length] numbers. */
export type ChoiceMatrix = readonly (readonly (readonly number[])[])[];

/** Each [batch, choices, length]. */
export type ChoiceInputs = Readonly<
  Record<"input_ids", Tensor | ChoiceMatrix> &
    Partial<Record<"attention_mask" | "token_type_ids", Tensor | ChoiceMatrix>>
>;

export interface Choices {
  readonly prompt: string;
  readonly choices: readonly string[];
}

/** A choice with its place in the list that was given. */
export interface Choice {
  readonly choice: string;
  readonly index: number;
  readonly score: number;
}

export interface ChoiceOptions extends TextOptions {
  /** softmax over the choices (when left out), or none: the logits. */
  readonly functionToApply?: "softmax" | "none" | undefined;
}

export interface MultipleChoiceOutput extends ModelOutput {
  /** [batch, choices]. */
  readonly logits: Tensor;
}

/**
 * A chooser.
 *
 * @example
 * const model = await BertForMultipleChoice.fromPretrained(await readFile("models/minilm-l6-heads/model.safetensors"));
 * const prompt = "The Rhine flows through Cologne. Which city does the Rhine flow through?";
 * await model.choose([{ prompt, choices: ["1945", "Cologne"] }]); // [[{ choice: "Cologne", index: 1, score: 0.9… }, …]]
 */
export class BertForMultipleChoice extends BertHeadModel {
  static readonly architecture: string = "BertForMultipleChoice";

  constructor(pretrained: LoadedModel, head?: string) {
    super(pretrained, BertForMultipleChoice.architecture, head);
  }

  static fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<BertForMultipleChoice> {
    return fromPretrained(BertForMultipleChoice, source, options);
  }

  /** @throws BertletError `invalid_input` for inputs that are not [batch, choices, length] */
  async forward(inputs: ChoiceInputs, options: ForwardOptions = {}): Promise<MultipleChoiceOutput> {
    const tensors = INPUT_NAMES.flatMap((name) => {
      const value = inputs[name];
      return value === undefined ? [] : [[name, toTensor(value, name)] as const];
    });
    const [batch, choices] = tensors[0]![1].dims as [number, number, number];
    const { input_ids, ...others }: Feeds = Object.fromEntries(tensors.map(([name, tensor]) => [name, flat(tensor)]));
    const { outputs, extras } = await this.fetchHead({ input_ids: input_ids!, ...others }, options);
    return { logits: new Tensor("float32", floats(outputs.logits), [batch, choices]), ...extras };
  }

  /** The choices of each prompt, best first. A prompt that is too long is cut; a choice is not. */
  async choose(questions: readonly Choices[], options: ChoiceOptions = {}): Promise<Choice[][]> {
    const { truncation = "only_first", functionToApply = "softmax", ...others } = options;
    const pairs = questions.flatMap(({ prompt, choices }) => choices.map((choice): TextInput => [prompt, choice]));
    if (pairs.length === 0) return questions.map(() => []);
    const name = this.outputName("logits");
    const feeds = this.tokenization.encode(pairs, { truncation, ...others }).feeds;
    const logits = floats((await this.pretrained.session.run(feeds, [name]))[name]);
    let row = 0;
    return questions.map(({ choices }) => {
      const scores = toScores(logits.slice(row, row + choices.length), functionToApply);
      row += choices.length;
      return topIndices(scores, choices.length).map((index) => ({
        choice: choices[index]!,
        index,
        score: scores[index]!,
      }));
    });
  }
}

/** [batch, choices, length] → [batch × choices, length]. */
function flat({ type, data, dims }: Tensor): Tensor {
  const [batch, choices, length] = dims as [number, number, number];
  return new Tensor(type, data, [batch * choices, length]);
}

function toTensor(value: Tensor | ChoiceMatrix, name: string): Tensor {
  const tensor = isMatrix(value) ? fromMatrix(value, name) : value;
  if (tensor.dims.length === 3) return tensor;
  throw new BertletError("invalid_input", `${name} is [${tensor.dims.join(", ")}], not [batch, choices, length]`);
}

function isMatrix(value: Tensor | ChoiceMatrix): value is ChoiceMatrix {
  return Array.isArray(value);
}

function fromMatrix(questions: ChoiceMatrix, name: string): Tensor {
  const dims = [questions.length, questions[0]?.length ?? 0, questions[0]?.[0]?.length ?? 0];
  const data = Int32Array.from(questions.flat(2));
  const even = questions.every(
    (choices) => choices.length === dims[1] && choices.every((row) => row.length === dims[2]),
  );
  if (!even) throw new BertletError("invalid_input", `choices or rows of ${name} differ in length`);
  return new Tensor("int32", data, dims);
}
