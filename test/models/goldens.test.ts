// Every framework's checkpoints against that framework's own answers: a row a checkpoint, in f32, on both builds of the kernels. In
// Workers tf_model.h5 is refused, and says so. `npm run docs:classes` writes docs/classes.md from the same rows.
import { describe, expect, test } from "vitest";
import { expectError } from "../expect-error.ts";
import { CHECKPOINTS, largestDifference, loadRow } from "./checkpoints.ts";

const inWorkerd = navigator.userAgent === "Cloudflare-Workers";
const readable = CHECKPOINTS.filter(({ file }) => !(inWorkerd && file === "tf_model.h5"));
const refused = CHECKPOINTS.filter((row) => !readable.includes(row));

describe.each(["relaxed", "baseline"] as const)("%s build", (build) => {
  test.each(readable)("$Model.name from $folder/$file gives its framework's numbers", async (row) => {
    const model = await loadRow(row, { build });
    expect(await largestDifference(model, row.folder)).toBeLessThan(1e-4);
    await model.release();
  });
});

test.runIf(inWorkerd).each(refused)("$Model.name from $folder/$file is refused in a Worker", (row) =>
  expectError(() => loadRow(row), "unsupported", "tf_model.h5 cannot be read in a Worker"),
);
