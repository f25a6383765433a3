// Bodies and schemas: how far a body is looked at. What comes of it over HTTP is in test/functions/large-bodies.node.test.ts.
import * as v from "valibot";
import { expect, test } from "vitest";
import { parseBody } from "../../src/tasks/task.ts";

test("a body is looked at up to the first thing that is wrong, in every alternative", () => {
  let looks = 0;
  const wrong = v.pipe(
    v.number(),
    v.check(() => ++looks < 0),
  );
  const schema = v.object({ inputs: v.union([v.array(wrong), v.array(v.array(wrong)), v.array(wrong)]) });
  expect(() => parseBody(schema, { inputs: Array(1000).fill(1) })).toThrow(
    expect.objectContaining({ type: "invalid_input", field: "inputs" }),
  );
  expect(looks).toBe(2);
});
