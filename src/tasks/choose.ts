// Multiple choice: {inputs: {prompt, choices}, parameters} → [{choice, index, score}], best first.
import * as v from "valibot";
import { choiceMaker } from "../heads/multiple-choice.ts";
import { findHead, runHead } from "../heads/run.ts";
import { named, strictObject } from "../schemas.ts";
import { head } from "./fields.ts";
import { checkTexts, likeInputs, listOf } from "./inputs.ts";
import { toOptions } from "./names.ts";
import { definePipelineTask } from "./task.ts";

const questionSchema = named(
  "ChoiceQuestion",
  strictObject({ prompt: v.string(), choices: v.pipe(v.array(v.string()), v.minLength(1)) }),
);
const choicesSchema = v.array(named("Choice", v.object({ choice: v.string(), index: v.number(), score: v.number() })));

/** A list of choices for one prompt, a list of such lists for several. */
export const choose = definePipelineTask({
  path: "/choose",
  pipeline: "multiple-choice",
  summary: "Choose the text that goes best with a prompt",
  description: "The choices of a prompt, best first; a list of such lists for several prompts.",
  example: {
    inputs: { prompt: "It was raining, so", choices: ["she took an umbrella.", "she went swimming in the sun."] },
  },
  inputs: v.union(
    [questionSchema, v.array(questionSchema)],
    "expected {prompt, choices} with at least one choice, or an array of them",
  ),
  parameters: {
    head,
    function_to_apply: v.optional(v.picklist(["softmax", "none"]), "softmax"),
    truncation: v.optional(
      v.pipe(v.boolean(), v.description("Whether a prompt that is too long is truncated, or refused.")),
      true,
    ),
  },
  answer: v.union([choicesSchema, v.array(choicesSchema)]),
  async run(model, inputs, { head, truncation, ...parameters }) {
    const questions = listOf(inputs);
    checkTexts(questions.flatMap(({ prompt, choices }) => choices.map((choice): [string, string] => [prompt, choice])));
    const chooser = choiceMaker(findHead(model, "multiple-choice", head));
    const options = { ...toOptions(parameters), truncation: truncation ? ("only_first" as const) : false };
    return likeInputs(inputs, await runHead(model, chooser, questions, options));
  },
});
