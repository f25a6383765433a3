// BertForMultipleChoice: which of several texts goes best with a prompt.

import { BertletError } from "../errors.ts";
import { type ModelInputs, type TokenMatrix, toFeeds } from "../heads/inputs.ts";
import { type Labels, lossTensor, tokenLoss } from "../heads/losses.ts";
import { type Choice, type ChoiceOptions, type Choices, choiceMaker } from "../heads/multiple-choice.ts";
import { floats } from "../heads/outputs.ts";
import { runHead } from "../heads/run.ts";
import { Tensor } from "../tensor.ts";
import { BertHeadModel, type ForwardOptions, headOutputs, type ModelOutput, runForward } from "./model.ts";

/** [batch][choices][length] numbers. */
export type ChoiceMatrix = readonly TokenMatrix[];

/** As ModelInputs, with the choices as second dimension: [batch, choices, length]. */
export type ChoiceInputs = {
  readonly [Name in Exclude<keyof ModelInputs, "attention_mask" | "inputs_embeds" | "head_mask">]?:
    | Tensor
    | ChoiceMatrix
    | undefined;
} & {
  readonly attention_mask?: Tensor | ChoiceMatrix | readonly ChoiceMatrix[] | undefined;
  readonly head_mask?: ModelInputs["head_mask"];
  /** [batch, choices, length, H] */
  readonly inputs_embeds?: Tensor | readonly ChoiceMatrix[] | undefined;
  /** [batch] The right choice of each question: then the output has a loss. */
  readonly labels?: Labels | undefined;
};

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

  /** @throws BertletError `invalid_input` for inputs that are not [batch, choices, length], or that are unknown */
  async forward({ labels, ...inputs }: ChoiceInputs, options: ForwardOptions = {}): Promise<MultipleChoiceOutput> {
    const feeds = toFeeds(inputs, 1);
    const main = feeds.input_ids ?? feeds.inputs_embeds;
    if (!main) throw new BertletError("invalid_input", "there are neither input_ids nor inputs_embeds");
    const [batch, choices] = main.dims as [number, number];
    const rows = Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => [name, name === "head_mask" ? tensor : flat(tensor)]),
    );
    const { outputs, extras } = await runForward(this.pretrained, rows, headOutputs(this.head), options);
    const logits = new Tensor("float32", floats(outputs[`${this.head.name}.logits`]), [batch, choices]);
    const loss = labels !== undefined && { loss: lossTensor(tokenLoss(logits, labels)) };
    return { ...loss, logits, ...extras };
  }

  /** The choices of each prompt, best first. A prompt that is too long is cut; a choice is not. */
  choose(questions: readonly Choices[], options: ChoiceOptions = {}): Promise<Choice[][]> {
    return runHead(this.pretrained, choiceMaker(this.head), questions, options);
  }
}

/** [batch, choices, …] → [batch × choices, …]. */
function flat({ type, data, dims: [batch = 0, choices = 0, ...inner] }: Tensor): Tensor {
  return new Tensor(type, data, [batch * choices, ...inner]);
}
