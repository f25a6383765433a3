import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadPretrained } from "../../../src/models/load-pretrained.ts";
import { cleanQuery } from "../../../src/tasks/understand/clean-query.ts";
import { readFixture } from "../../fixtures.ts";

describe("a cleaned query", () => {
  test.each([
    ["white space of all kinds", "\t red\u00a0 \r\n\u3000shoes ", "red shoes"],
    ["zero-width characters", "red\u200b sho\ufeffes", "red shoes"],
    ["control characters", "red\u0000\u0007 shoes\u009f", "red shoes"],
    ["the replacement character", "red \ufffdshoes", "red shoes"],
    ["nothing to clean", "Café — Zürich, 5 €?", "Café — Zürich, 5 €?"],
    ["emoji", "👟 red", "👟 red"],
    ["nothing that is left", "\u200b \u0001", ""],
  ])("%s", (_what, text, cleaned) => {
    expect(cleanQuery(text)).toBe(cleaned);
  });

  test("means the same tokens to the model, and cleaning it again changes nothing", async () => {
    const { tokenizer } = await loadPretrained((await readFixture("models/minilm-l6-heads/model.safetensors"))!);
    const ids = (text: string) => Array.from(tokenizer!.encodeBatch([text], {}).input_ids);
    const odd = fc.constantFrom(
      "\u200b",
      "\u0000",
      " ",
      "\u00a0",
      "\u2028",
      "\ufffd",
      "\t",
      "\n",
      "e\u0301",
      "中",
      "-",
      "a",
    );
    const text = fc.array(fc.oneof(odd, fc.string({ unit: "binary", maxLength: 4 })), { maxLength: 12 });
    fc.assert(
      fc.property(text, (parts) => {
        const query = parts.join("");
        const cleaned = cleanQuery(query);
        expect(cleanQuery(cleaned)).toBe(cleaned);
        expect(ids(cleaned)).toEqual(ids(query));
      }),
      { numRuns: 2000 },
    );
  });
});
