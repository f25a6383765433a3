// What is not supported says so; and docs/models-supported.md, which is generated, has a line for each family and each refusal.
import { expect, test } from "vitest";
import { MODEL_TYPES } from "../../src/architectures/bert.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";
import { UNSUPPORTED } from "./unsupported.ts";

test.each(UNSUPPORTED)("$what", ({ open, type, message }) => expectError(open, type, message));

test("docs/models-supported.md is what `npm run docs:models` writes", async () => {
  const lines = new TextDecoder().decode(await readFixture("docs/models-supported.md")).split("\n");
  const first = lines.filter((line) => line.startsWith("| ")).map((line) => line.split(" | ")[0]!.slice(2));
  expect(first).toEqual(["model_type", "---", ...MODEL_TYPES, "what", "---", ...UNSUPPORTED.map(({ what }) => what)]);
});
