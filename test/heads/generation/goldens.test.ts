// Generated tokens against the reference's `generate` (scripts/goldens/generation.py).
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GenerationOptions } from "../../../src/heads/generation/options.ts";
import { BertLMHeadModel } from "../../../src/models/bert-lm-head-model.ts";
import { readJsonFixture } from "../../fixtures.ts";
import { readGolden } from "../../goldens.ts";

interface GenerationCase {
  readonly inputs: { readonly input_ids: readonly number[][] };
  readonly options: Readonly<Record<string, unknown>>;
  readonly generated: readonly number[][];
}

const FOLDER = "torch/generation";
const { files, cases } = await readGolden(FOLDER);
const further = await readJsonFixture<{ cases: GenerationCase[] }>(`test/goldens/${FOLDER}/further-cases.json`);
const all = [...(cases as unknown as GenerationCase[]), ...further.cases];
const named = Map.groupBy(all, ({ options }) => JSON.stringify(options));

let model: BertLMHeadModel;
beforeAll(async () => {
  model = await BertLMHeadModel.fromPretrained(files);
});
afterAll(() => model.release());

/** The reference's names and this library's: its stop tokens are the configuration's `eos_token_id`. */
function toOptions(options: GenerationCase["options"]): GenerationOptions {
  const { eos_token_id = [], ...others } = options;
  const named = Object.entries(others).map(([name, value]) => [
    name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
    value,
  ]);
  return { ...Object.fromEntries(named), stopTokenIds: [eos_token_id].flat() };
}

test.each([...named])("%s generates the reference's tokens", async (_name, own) => {
  for (const { inputs, options, generated } of own) {
    expect(await model.generate(inputs.input_ids, toOptions(options))).toEqual(generated);
  }
});
