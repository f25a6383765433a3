// Ten steps of each golden: losses, gradients and weights are the reference's, on both builds.
import { describe, test } from "vitest";
import { readFixture } from "../fixtures.ts";
import { expectGolden } from "./fine-tune-goldens.ts";

const GOLDENS = "../shared/goldens/training";
const CASES = [
  "sequence-classification",
  "sequence-classification-multilabel",
  "sequence-classification-regression",
  "sequence-classification-relu-odd",
  "token-classification",
  "question-answering",
  "masked-lm",
  "last-layer-and-head",
  "cosine-pairs",
  "in-batch-negatives",
];

describe.each(["relaxed", "baseline"] as const)("fine-tuning, %s", (build) => {
  test.for(CASES)("%s trains as the reference does", async (name, { skip }) => {
    if (!(await readFixture(`${GOLDENS}/${name}/steps.json`))) return skip("../shared is not here");
    await expectGolden(`${GOLDENS}/${name}`, build);
  });
});
