// Classification by labels that the request names: {inputs, parameters: {candidate_labels}} → [{label, score}] per text.
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import { zeroShotClassify } from "../heads/zero-shot.ts";
import { labelsSchema, truncation } from "./fields.ts";
import { checkTexts, likeInputs, listSingleTexts, textOrTextsSchema } from "./inputs.ts";
import { LIMITS } from "./limits.ts";
import { toOptions } from "./names.ts";
import { definePipelineTask } from "./task.ts";

/** The labels by similarity to the text, nearest first; a list of such lists for several texts. */
export const zeroShot = definePipelineTask({
  path: "/zero-shot",
  pipeline: "zero-shot-classification",
  summary: "Choose among labels named in the request",
  description: "The labels by their similarity to the text, nearest first; a list of such lists for several texts.",
  example: { inputs: "My parcel has not arrived.", parameters: { candidate_labels: ["delivery", "payment"] } },
  inputs: textOrTextsSchema,
  parameters: {
    candidate_labels: v.pipe(v.array(v.string()), v.minLength(1)),
    hypothesis_template: v.optional(
      v.pipe(v.string(), v.description("The sentence that describes a label, with {} in its place.")),
    ),
    multi_label: v.optional(v.boolean(), false),
    truncation,
  },
  answer: v.union([labelsSchema, v.array(labelsSchema)]),
  async run(model, inputs, parameters) {
    const texts = listSingleTexts(inputs);
    checkTexts([...texts, ...parameters.candidate_labels]);
    checkSentences(parameters.hypothesis_template ?? "", parameters.candidate_labels);
    const { candidateLabels, ...options } = toOptions(parameters);
    const answers = await zeroShotClassify(model, texts, candidateLabels, options);
    return likeInputs(
      inputs,
      answers.map(({ labels, scores }) => labels.map((label, index) => ({ label, score: scores[index]! }))),
    );
  },
});

/** Bounds the label sentences before they are made: every {} takes a whole label. @throws BertletError `input_too_large` */
function checkSentences(template: string, labels: readonly string[]): void {
  const slots = template.split("{}").length - 1;
  const longest = template.length + slots * Math.max(...labels.map(({ length }) => length));
  if (longest > LIMITS.text_characters) {
    const message = `hypothesis_template makes up to ${longest} characters per label, the limit is ${LIMITS.text_characters}`;
    throw new BertletError("input_too_large", message, { field: "parameters.hypothesis_template" });
  }
}
