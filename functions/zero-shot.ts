// Labels that no head was trained on, at /zero-shot: {inputs, parameters: {candidate_labels}} → [{label, score}] per text.
import * as v from "valibot";
import { checkTexts, likeInputs, listSingleTexts } from "../src/http/body.ts";
import { RequestError } from "../src/http/errors.ts";
import { LIMITS } from "../src/http/limits.ts";
import { labelsSchema, truncation } from "../src/http/parameters.ts";
import { task } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { pipeline } from "../src/models/pipeline.ts";
import { defaultModel } from "./default-model.ts";

/** The labels by how near they lie to the text, nearest first; a list of such lists for several texts. */
export const zeroShot = task({
  path: "/zero-shot",
  task: "zero-shot-classification",
  summary: "Choose among labels that are named in the request",
  inputs: v.union([v.string(), v.array(v.string())], "expected a text or an array of texts"),
  parameters: {
    candidate_labels: v.pipe(v.array(v.string()), v.minLength(1)),
    hypothesis_template: v.optional(
      v.pipe(v.string(), v.description("The sentence that stands for a label, with {} for it.")),
    ),
    multi_label: v.optional(v.boolean(), false),
    truncation,
  },
  answer: v.union([labelsSchema, v.array(labelsSchema)]),
  async run(model, inputs, parameters) {
    const { candidate_labels: candidateLabels, multi_label: multiLabel, truncation } = parameters;
    const texts = listSingleTexts(inputs);
    checkTexts([...texts, ...candidateLabels]);
    checkSentences(parameters.hypothesis_template ?? "", candidateLabels);
    const choose = await pipeline("zero-shot-classification", model);
    const options = { candidateLabels, hypothesisTemplate: parameters.hypothesis_template, multiLabel, truncation };
    const answers = await choose(texts, { ...options, maxTokens: LIMITS.batch_tokens });
    return likeInputs(
      inputs,
      answers.map(({ labels, scores }) => labels.map((label, index) => ({ label, score: scores[index]! }))),
    );
  },
});

/** The sentences that stand for labels, before they are made: each {} takes a whole label. @throws RequestError `input_too_large` */
function checkSentences(template: string, labels: readonly string[]): void {
  const places = template.split("{}").length - 1;
  const longest = template.length + places * Math.max(...labels.map(({ length }) => length));
  if (longest > LIMITS.text_characters) {
    const message = `hypothesis_template makes up to ${longest} characters of a label, the limit is ${LIMITS.text_characters}`;
    throw new RequestError("input_too_large", message, { field: "parameters.hypothesis_template" });
  }
}

export default serve(defaultModel, zeroShot);
