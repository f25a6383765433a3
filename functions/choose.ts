// Multiple choice at /choose: {inputs: {prompt, choices}, parameters} → [{choice, index, score}], best first.
import * as v from "valibot";
import { checkTexts, likeInputs, listOf } from "../src/http/body.ts";
import { LIMITS } from "../src/http/limits.ts";
import { head } from "../src/http/parameters.ts";
import { task } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { BertForMultipleChoice } from "../src/models/bert-for-multiple-choice.ts";
import { defaultModel } from "./default-model.ts";

const questionSchema = v.strictObject({ prompt: v.string(), choices: v.pipe(v.array(v.string()), v.minLength(1)) });
const choicesSchema = v.array(v.object({ choice: v.string(), index: v.number(), score: v.number() }));

/** One list for a prompt, a list of such lists for several. */
export const choose = task({
  path: "/choose",
  task: "multiple-choice",
  summary: "Choose which text goes best with a prompt",
  inputs: v.union([questionSchema, v.array(questionSchema)]),
  parameters: { head, function_to_apply: v.optional(v.picklist(["softmax", "none"]), "softmax") },
  answer: v.union([choicesSchema, v.array(choicesSchema)]),
  async run(model, inputs, { head, function_to_apply: functionToApply }) {
    const questions = listOf(inputs);
    checkTexts(questions.flatMap(({ prompt, choices }) => choices.map((choice): [string, string] => [prompt, choice])));
    const chooser = new BertForMultipleChoice(model, head);
    const maxTokens = LIMITS.batch_tokens;
    return likeInputs(inputs, await chooser.choose(questions, { functionToApply, maxTokens }));
  },
});

export default serve(defaultModel, choose);
