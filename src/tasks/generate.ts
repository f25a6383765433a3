// Text generation: {inputs, parameters} → [{generated_text}, …] per text, by models that have a causal head.
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import { chosenOptions, continuePrompts, encodePrompts } from "../heads/generation/causal-model.ts";
import { keptTokens } from "../heads/generation/continuation.ts";
import type { GenerationOptions } from "../heads/generation/options.ts";
import { findHead, tokenizationOf } from "../heads/run.ts";
import { named } from "../schemas.ts";
import { tokenLimits } from "./cost.ts";
import { count, head, natural } from "./fields.ts";
import { likeInputs, listSingleTexts, textOrTextsSchema } from "./inputs.ts";
import { LIMITS } from "./limits.ts";
import { toOptions } from "./names.ts";
import type { RequestModel } from "./request-model.ts";
import { definePipelineTask } from "./task.ts";

const generatedSchema = v.array(named("GeneratedText", v.object({ generated_text: v.string() })));

/** A list of continuations per text, as the reference's pipeline returns; a list of such lists for several. */
export const generate = definePipelineTask({
  path: "/generate",
  pipeline: "text-generation",
  summary: "Continue texts",
  description:
    "A list of continuations per text (one, unless the model's generation_config.json asks for more); a list of such lists for several texts. The model needs a causal head.",
  example: { inputs: "Once upon a time", parameters: { max_new_tokens: 8 } },
  inputs: textOrTextsSchema,
  parameters: {
    head,
    max_new_tokens: v.optional(v.pipe(count, v.maxValue(LIMITS.new_tokens)), 20),
    do_sample: v.optional(v.boolean()),
    temperature: v.optional(v.pipe(v.number(), v.minValue(1e-3), v.maxValue(1e3))),
    top_k: v.optional(natural),
    top_p: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
    seed: v.optional(natural),
    num_beams: v.optional(v.pipe(count, v.maxValue(LIMITS.beams))),
    length_penalty: v.optional(v.pipe(v.number(), v.minValue(-100), v.maxValue(100))),
    early_stopping: v.optional(v.boolean()),
  },
  answer: v.union([generatedSchema, v.array(generatedSchema)]),
  async run(model, inputs, { head, ...parameters }) {
    const texts = listSingleTexts(inputs);
    const generator = findHead(model, "causal-lm", head);
    const prompts = encodePrompts(model, texts);
    const options = toOptions(parameters);
    checkPrompts(prompts, model, chosenOptions(generator, options));
    const generated = await continuePrompts(model, generator, prompts, options);
    const each = generated.length / texts.length;
    return likeInputs(
      inputs,
      texts.map((_, index) => generated.slice(index * each, (index + 1) * each)),
    );
  },
});

/**
 * A new token reads all tokens before it again, in every beam and every sequence, unless their keys and values are kept.
 * @throws BertletError `input_too_large` for a prompt that the model does not take, or for too many tokens to read in all
 */
function checkPrompts(
  prompts: readonly (readonly number[])[],
  model: RequestModel,
  { maxNewTokens: steps = 0, numBeams: beams = 1, numReturnSequences: sequences = 1 }: GenerationOptions,
): void {
  const { maxLength } = tokenizationOf(model);
  const long = prompts.findIndex(({ length }) => length > maxLength);
  if (long >= 0) throw tooLarge(`text ${long} has ${prompts[long]!.length} tokens, the model takes ${maxLength}`);
  const rows = Math.max(beams, sequences);
  const tokens = rows * prompts.reduce((sum, { length }) => sum + length + steps, 0);
  const isKept = model.session.keyValuesOf !== undefined && tokens <= keptTokens(model);
  const again = rows * prompts.reduce((sum, { length }) => sum + steps * length + (steps * (steps - 1)) / 2, 0);
  const read = isKept ? tokens : again;
  const { sliced_tokens } = tokenLimits(model.config);
  if (read > sliced_tokens)
    throw tooLarge(
      `the model would read ${read} tokens for this, the limit is ${sliced_tokens}: send fewer or shorter texts, or lower max_new_tokens`,
    );
}

function tooLarge(message: string): BertletError {
  return new BertletError("input_too_large", message);
}
