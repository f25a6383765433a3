// Text classification, as the Hugging Face pipeline: {inputs, parameters} → [{label, score}] per input.
import * as v from "valibot";
import { findHead, runHead } from "../heads/run.ts";
import { sequenceClassifier } from "../heads/sequence-classification.ts";
import { count, head, labelsSchema, truncation } from "./fields.ts";
import { likeInputs, listTexts, textsSchema } from "./inputs.ts";
import { toOptions } from "./names.ts";
import { definePipelineTask } from "./task.ts";

/** A list of labels for a single text, a list of such lists for several. */
export const classify = definePipelineTask({
  path: "/classify",
  pipeline: "text-classification",
  summary: "Label texts, or pairs of texts",
  description: "A list of labels for a single text, a list of such lists for several.",
  example: { inputs: "a delight from start to end", parameters: { top_k: 2 } },
  inputs: textsSchema,
  parameters: {
    head,
    top_k: v.optional(v.nullable(v.pipe(count, v.description("How many labels, best first; null for all."))), 1),
    function_to_apply: v.optional(v.picklist(["softmax", "sigmoid", "none"])),
    abstain: v.optional(
      v.pipe(
        v.boolean(),
        v.description(
          'Whether the answer is "none of these" where the head is not sure enough, by its own thresholds.',
        ),
      ),
      false,
    ),
    truncation,
  },
  answer: v.union([labelsSchema, v.array(labelsSchema)]),
  async run(model, inputs, { head, ...parameters }) {
    const classifier = sequenceClassifier(findHead(model, "sequence-classification", head));
    return likeInputs(inputs, await runHead(model, classifier, listTexts(inputs), toOptions(parameters)));
  },
});
