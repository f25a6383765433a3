// Generated tokens against the reference's `generate` (scripts/goldens/generation.py).
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GenerationOptions } from "../../../src/heads/generation/options.ts";
import { BertLMHeadModel } from "../../../src/models/bert-lm-head-model.ts";
import { readFixture, readJsonFixture } from "../../fixtures.ts";
import { readGolden } from "../../goldens.ts";

interface GenerationCase {
  readonly inputs: { readonly input_ids: readonly number[][] };
  readonly options: Readonly<Record<string, unknown>>;
  readonly generated: readonly number[][];
}

/** The cases of a folder by their options. */
function byOptions(cases: readonly unknown[]): [string, GenerationCase[]][] {
  return [...Map.groupBy(cases as GenerationCase[], ({ options }) => JSON.stringify(options))];
}

async function generationConfig(folder: string): Promise<Uint8Array> {
  return (await readFixture(`test/goldens/${folder}/generation_config.json`))!;
}

/** The reference's names and this library's: its stop tokens are the configuration's `eos_token_id`. */
function toOptions(options: GenerationCase["options"]): GenerationOptions {
  const { eos_token_id = [], ...others } = options;
  const named = Object.entries(others).map(([name, value]) => [
    name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
    value,
  ]);
  return { ...Object.fromEntries(named), stopTokenIds: [eos_token_id].flat() };
}

describe("torch/generation", async () => {
  const FOLDER = "torch/generation";
  const { files, cases } = await readGolden(FOLDER);
  const further = await readJsonFixture<{ cases: GenerationCase[] }>(`test/goldens/${FOLDER}/further-cases.json`);
  let model: BertLMHeadModel;
  beforeAll(async () => {
    model = await BertLMHeadModel.fromPretrained(files);
  });
  afterAll(() => model.release());

  test.each(byOptions([...cases, ...further.cases]))("%s generates the reference's tokens", async (_name, own) => {
    for (const { inputs, options, generated } of own) {
      expect(await model.generate(inputs.input_ids, toOptions(options))).toEqual(generated);
    }
  });
});

describe.each(["relaxed", "baseline"] as const)("relatives/causal-lm-generation, %s build", async (build) => {
  const { files, cases } = await readGolden("relatives/causal-lm-generation");
  let model: BertLMHeadModel;
  beforeAll(async () => {
    model = await BertLMHeadModel.fromPretrained(
      { ...files, "generation_config.json": await generationConfig("relatives/causal-lm-generation") },
      { build },
    );
  });
  afterAll(() => model.release());

  test.each(byOptions(cases))("%s generates the reference's tokens", async (_name, own) => {
    for (const { inputs, options, generated } of own) {
      // The stop token is the folder's own.
      const { stopTokenIds: _, ...others } = toOptions(options);
      expect(await model.generate(inputs.input_ids, others)).toEqual(generated);
    }
  });
});
