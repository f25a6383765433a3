// BertForMultipleChoice: which of several texts goes best with a prompt.
import { Tensor } from "onnxruntime-common";
import { BertletError } from "../errors.ts";
import { INPUT_NAMES } from "../heads/inputs.ts";
import { type Choice, type ChoiceOptions, type Choices, choiceMaker } from "../heads/multiple-choice.ts";
import { floats } from "../heads/outputs.ts";
import { runHead } from "../heads/run.ts";
import type { Feeds } from "../wasm/session.ts";
import { BertHeadModel, type ForwardOptions, headOutputs, type ModelOutput, runForward } from "./model.ts";

/** [batch][choices][length] numbers. */
export type ChoiceMatrix = readonly (readonly (readonly number[])[])[];

/** Each [batch, choices, length]. */
export type ChoiceInputs = Readonly<
  Record<"input_ids", Tensor | ChoiceMatrix> &
    Partial<Record<"attention_mask" | "token_type_ids", Tensor | ChoiceMatrix>>
>;

export interface MultipleChoiceOutput extends ModelOutput {
  /** [batch, choices]. */
  readonly logits: Tensor;
}

/**
 * A chooser among texts.
 *
 * @example
 * const model = await BertForMultipleChoice.fromPretrained("models/minilm-l6-heads/model.safetensors");
 * const prompt = "The Rhine flows through Cologne. Which city does the Rhine flow through?";
 * await model.choose([{ prompt, choices: ["1945", "Cologne"] }]); // [[{ choice: "Cologne", index: 1, score: 0.9… }, …]]
 */
export class BertForMultipleChoice extends BertHeadModel {
  static override readonly architecture: string = "BertForMultipleChoice";

  /** @throws BertletError `invalid_input` for inputs that are not [batch, choices, length] */
  async forward(inputs: ChoiceInputs, options: ForwardOptions = {}): Promise<MultipleChoiceOutput> {
    const tensors = INPUT_NAMES.flatMap((name) => {
      const value = inputs[name];
      return value === undefined ? [] : [[name, toTensor(value, name)] as const];
    });
    const [batch, choices] = tensors[0]![1].dims as [number, number, number];
    const { input_ids, ...others }: Feeds = Object.fromEntries(tensors.map(([name, tensor]) => [name, flat(tensor)]));
    const rows = { input_ids: input_ids!, ...others };
    const { outputs, extras } = await runForward(this.pretrained, rows, headOutputs(this.head), options);
    const logits = floats(outputs[`${this.head.name}.logits`]);
    return { logits: new Tensor("float32", logits, [batch, choices]), ...extras };
  }

  /** The choices of each prompt, best first. A prompt that is too long is cut; a choice is not. */
  choose(questions: readonly Choices[], options: ChoiceOptions = {}): Promise<Choice[][]> {
    return runHead(this.pretrained, choiceMaker(this.head), questions, options);
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
