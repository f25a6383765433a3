// generation_config.json: what is read, what is refused, and what generation makes of it.
import { describe, expect, test } from "vitest";
import { readGenerationSettings } from "../../src/checkpoint/generation-config.ts";
import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import { BertLMHeadModel } from "../../src/models/bert-lm-head-model.ts";
import { openSource } from "../../src/source/source.ts";
import { expectError } from "../expect-error.ts";
import { readGolden } from "../goldens.ts";

const encode = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));
const read = async (json: unknown) =>
  readGenerationSettings(await openSource({ "generation_config.json": encode(json) }));

test("settings are read; keys without effect, nulls and what asks for nothing are left out", async () => {
  const json = {
    _from_model_config: true,
    transformers_version: "4.46.3",
    pad_token_id: 0,
    top_k: null,
    typical_p: 1,
    num_beams: 3,
    eos_token_id: [2, 5],
  };
  expect(await read(json)).toEqual({ num_beams: 3, eos_token_id: [2, 5] });
  expect(await read({ pad_token_id: 0 })).toBeUndefined();
  expect(await readGenerationSettings(await openSource({ "a.txt": new Uint8Array() }))).toBeUndefined();
});

test("a setting that would be ignored is refused, with those that are not; so is a value that makes no sense", async () => {
  await expectError(() => read({ typical_p: 0.9 }), "unsupported", "typical_p is not supported", "top_p");
  await expectError(() => read({ surprise: 1 }), "unsupported", "surprise");
  await expectError(() => read({ temperature: -1 }), "invalid_config", "temperature");
  await expectError(() => read([]), "invalid_config", "an object");
});

describe("generation", () => {
  const PROMPT = [[5, 6, 7]];
  const load = async (settings: object) => {
    const { files } = await readGolden("torch/causal-lm");
    return BertLMHeadModel.fromPretrained({ ...files, "generation_config.json": encode(settings) });
  };
  const SETTINGS = { max_new_tokens: 6, repetition_penalty: 1.7, no_repeat_ngram_size: 2 };

  test("goes by the folder's settings, which travel in the packed file, and by a caller's before them", async () => {
    const [plain, set] = [await load({}), await load(SETTINGS)];
    const wanted = await plain.generate(PROMPT, { maxNewTokens: 6, repetitionPenalty: 1.7, noRepeatNgramSize: 2 });
    expect(await set.generate(PROMPT)).toEqual(wanted);
    expect(wanted).not.toEqual(await plain.generate(PROMPT, { maxNewTokens: 6 }));
    expect(await set.generate(PROMPT, { maxNewTokens: 6, repetitionPenalty: 1, noRepeatNgramSize: 0 })).toEqual(
      await plain.generate(PROMPT, { maxNewTokens: 6 }),
    );
    const { files } = await readGolden("torch/causal-lm");
    const source = await openSource({ ...files, "generation_config.json": encode(SETTINGS) });
    const packed = await BertLMHeadModel.fromPretrained(await packCheckpoint(source, { quantization: "f32" }));
    expect(await packed.generate(PROMPT)).toEqual(wanted);
    const again = await BertLMHeadModel.fromPretrained(set.toFiles());
    expect(await again.generate(PROMPT)).toEqual(wanted);
    for (const model of [plain, set, packed, again]) await model.release();
  });

  test("a caller's limit replaces the folder's, whichever of the two it is", async () => {
    const set = await load({ max_length: 4 });
    expect((await set.generate(PROMPT))[0]).toHaveLength(4);
    expect((await set.generate(PROMPT, { maxNewTokens: 5 }))[0]).toHaveLength(8);
    await set.release();
  });
});
