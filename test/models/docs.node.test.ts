// docs/classes.md is generated: it has a line for every row of the suite, in order, and tells of no difference above 1e-4.
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { CHECKPOINTS } from "./checkpoints.ts";

it("docs/classes.md is what `npm run docs:classes` writes", async () => {
  const lines = (await readFile("docs/classes.md", "utf8"))
    .split("\n")
    .filter((line) => /^\| \w+ \| [\w.]+ \| \w+\//.test(line));
  const cells = lines.map((line) => line.split("|").map((cell) => cell.trim()));
  expect(cells.map(([, name, file, folder]) => [name, file, folder])).toEqual(
    CHECKPOINTS.map(({ Model, file, folder }) => [Model.name, file, folder]),
  );
  for (const [, , , , difference] of cells) expect(Number(difference)).toBeLessThan(1e-4);
});
