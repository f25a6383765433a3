// Generation: greedy, drawn and by beams, first over logits made for the purpose, then with the reference's causal model.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generate, type NextLogits } from "../../../src/heads/generation/generate.ts";
import type { GenerationOptions } from "../../../src/heads/generation/options.ts";
import { BertLMHeadModel } from "../../../src/models/bert-lm-head-model.ts";
import { expectError } from "../../expect-error.ts";
import { difference, readGolden, values } from "../../goldens.ts";

const POSITIONS = 20;
const V = 5;

/** Logits that follow from the whole row, and look random. */
const scattered: NextLogits = async (rows) =>
  rows.map((row) => {
    const seed = row.reduce((hash, id) => (hash * 31 + id + 7) % 10_007, 1);
    return Float32Array.from({ length: V }, (_, token) => 3 * Math.sin(seed * (token + 1)));
  });

/** Logits of these probabilities after every row. */
const fixed =
  (...probabilities: readonly number[]): NextLogits =>
  async (rows) =>
    rows.map(() => Float32Array.from(probabilities, Math.log));

const one = async (next: NextLogits, options: GenerationOptions, prompt = [1]) =>
  (await generate([prompt], next, POSITIONS, options))[0]!;

test.each<[string, GenerationOptions]>([
  ["greedily", {}],
  ["by sampling", { doSample: true, numReturnSequences: 2 }],
  ["by beams", { numBeams: 2, numReturnSequences: 2 }],
])("rows generated %s say which prompt they continue, also when others have stopped", async (_how, options) => {
  // Rows of prompt n get token n alone; token 1 stops.
  const next: NextLogits = async (_rows, prompts) =>
    prompts.map((prompt) => Float32Array.from({ length: V }, (_, token) => (token === prompt ? 0 : -100)));
  const rows = await generate([[4], [4], [4]], next, POSITIONS, { maxNewTokens: 3, stopTokenIds: [1], ...options });
  const firsts = rows.filter((_, index) => options.numBeams === undefined || index % 2 === 0);
  const each = options.doSample ? 2 : 1;
  const wanted = [
    [4, 0, 0, 0],
    [4, 1],
    [4, 2, 2, 2],
  ].flatMap((row) => Array.from({ length: each }, () => row));
  expect(firsts).toEqual(wanted);
});

describe("greedy", () => {
  test("takes the likeliest token each time, each row by itself", async () => {
    const rows = await generate([[1], [2, 3]], scattered, POSITIONS, { maxNewTokens: 3 });
    for (const [row, prompt] of [[1], [2, 3]].entries()) {
      const wanted = [...prompt];
      for (let step = 0; step < 3; step++) {
        const [logits] = await scattered([wanted], [0]);
        wanted.push(logits!.indexOf(Math.max(...logits!)));
      }
      expect(rows[row]).toEqual(wanted);
    }
  });

  test("stops after a stop token, which it keeps; other rows go on", async () => {
    const next: NextLogits = async (rows) =>
      rows.map((row) => Float32Array.from({ length: V }, (_, token) => (token === (row.at(-1)! + 1) % V ? 1 : 0)));
    expect(await generate([[1], [4]], next, POSITIONS, { stopTokenIds: [3], maxNewTokens: 4 })).toEqual([
      [1, 2, 3],
      [4, 0, 1, 2, 3],
    ]);
  });

  test.each<[string, GenerationOptions, number]>([
    ["20 new tokens, but no more than there are positions", {}, POSITIONS],
    ["maxNewTokens", { maxNewTokens: 4 }, 6],
    ["maxLength", { maxLength: 5 }, 5],
    ["the smaller of both", { maxLength: 9, maxNewTokens: 1 }, 3],
    ["maxLength within the prompt: nothing", { maxLength: 1 }, 2],
    ["no new tokens", { maxNewTokens: 0 }, 2],
  ])("is limited by %s", async (_what, options, length) => {
    expect(await one(scattered, options, [1, 2])).toHaveLength(length);
    expect(await one(scattered, { ...options, numBeams: 3 }, [1, 2])).toHaveLength(length);
  });
});

describe("drawing", () => {
  const drawn = async (probabilities: readonly number[], options: GenerationOptions) => {
    const prompts = Array.from({ length: 4000 }, () => [1]);
    const rows = await generate(prompts, fixed(...probabilities), POSITIONS, {
      doSample: true,
      maxNewTokens: 1,
      ...options,
    });
    return probabilities.map((_, token) => rows.filter((row) => row[1] === token).length / rows.length);
  };
  const near = (shares: readonly number[], wanted: readonly number[]) => {
    for (const [token, share] of shares.entries()) expect(Math.abs(share - wanted[token]!)).toBeLessThan(0.03);
  };

  test("follows the probabilities", async () => near(await drawn([0.5, 0.3, 0.2], {}), [0.5, 0.3, 0.2]));
  test("temperature sharpens them", async () => {
    near(await drawn([0.5, 0.3, 0.2], { temperature: 0.5 }), [0.25 / 0.38, 0.09 / 0.38, 0.04 / 0.38]);
  });
  test("topK keeps the likeliest", async () => near(await drawn([0.5, 0.3, 0.2], { topK: 2 }), [0.625, 0.375, 0]));
  test("topP keeps the fewest that hold so much", async () => {
    near(await drawn([0.2, 0.5, 0.3], { topP: 0.75 }), [0, 0.625, 0.375]);
    near(await drawn([0.2, 0.5, 0.3], { topP: 0.4 }), [0, 1, 0]);
  });
  test("minP keeps those that are likely enough beside the likeliest", async () => {
    near(await drawn([0.2, 0.5, 0.3], { minP: 0.5 }), [0, 0.625, 0.375]);
  });
  test("gives several rows per prompt, those of one prompt together", async () => {
    const options = { doSample: true, maxNewTokens: 2, numReturnSequences: 3 };
    const rows = await generate([[1], [2]], fixed(0.25, 0.25, 0.25, 0.25), POSITIONS, options);
    expect(rows.map(([first]) => first)).toEqual([1, 1, 1, 2, 2, 2]);
    expect(new Set(rows.map(String)).size).toBeGreaterThan(2);
  });
  test("the same seed draws the same, another seed another", async () => {
    const draw = (seed: number) => one(fixed(0.25, 0.25, 0.25, 0.25), { doSample: true, maxNewTokens: 15, seed });
    expect(await draw(7)).toEqual(await draw(7));
    expect(await draw(7)).not.toEqual(await draw(8));
  });
});

describe("beams", () => {
  /** Every row of up to `steps` tokens that ends at `stop` or at the limit, with its score; the best of them. */
  async function exhaustive(steps: number, stop: number, penalty: number): Promise<number[]> {
    let best: { row: number[]; score: number } = { row: [], score: Number.NEGATIVE_INFINITY };
    const visit = async (row: number[], sum: number): Promise<void> => {
      const added = row.length - 1;
      if (added > 0 && (row.at(-1) === stop || added === steps)) {
        const score = sum / added ** penalty;
        if (score > best.score) best = { row, score };
        return;
      }
      const [logits] = await scattered([row], [0]);
      const total = Math.log(logits!.reduce((all, x) => all + Math.exp(x), 0));
      for (let token = 0; token < V; token++) await visit([...row, token], sum + logits![token]! - total);
    };
    await visit([1], 0);
    return best.row;
  }

  test.each([0, 1, 2])("enough of them find the best row of all, length penalty %d", async (lengthPenalty) => {
    const options = { numBeams: V ** 4, maxNewTokens: 4, stopTokenIds: [2], lengthPenalty };
    expect(await one(scattered, options)).toEqual(await exhaustive(4, 2, lengthPenalty));
  });

  test("two see past a first token that leads nowhere", async () => {
    const next: NextLogits = async (rows) =>
      rows.map((row) => {
        if (row.length === 1) return Float32Array.from([0.6, 0.4, 1e-9], Math.log);
        return Float32Array.from(row[1] === 0 ? [0.4, 0.3, 0.3] : [0.98, 0.01, 0.01], Math.log);
      });
    expect(await one(next, { maxNewTokens: 2 })).toEqual([1, 0, 0]);
    expect(await one(next, { maxNewTokens: 2, numBeams: 2 })).toEqual([1, 1, 0]);
  });

  test("a beam that ends makes room for another", async () => {
    // Token 2 stops; 0 leads nowhere; 1 surely leads to 3, and that to the end.
    const after = [
      [0.2, 0.2, 0.2, 0.2, 0.2],
      [0.0025, 0.0025, 0.0025, 0.99, 0.0025],
      [],
      [0.0025, 0.0025, 0.99, 0.0025, 0.0025],
    ];
    const next: NextLogits = async (rows) =>
      rows.map((row) =>
        Float32Array.from(row.length === 1 ? [0.3, 0.2, 0.5, 1e-9, 1e-9] : (after[row.at(-1)!] ?? after[0]!), Math.log),
      );
    const options = { numBeams: 2, maxNewTokens: 3, stopTokenIds: [2], lengthPenalty: 2 };
    expect(await one(next, options, [4])).toEqual([4, 1, 3, 2]);
  });

  test("earlyStopping ends with the first finished ones", async () => {
    // Token 2 stops; going on with token 0 costs nothing, so that a longer row has the better mean.
    const next: NextLogits = async (rows) => rows.map(() => Float32Array.from([0.6, 0.001, 0.399], Math.log));
    const early = await one(next, { numBeams: 2, maxNewTokens: 8, stopTokenIds: [2], earlyStopping: true });
    const late = await one(next, { numBeams: 2, maxNewTokens: 8, stopTokenIds: [2] });
    expect(early.length).toBeLessThan(late.length);
  });
});

test.each<[string, readonly number[], GenerationOptions]>([
  ["an empty prompt", [], {}],
  ["a prompt beyond the positions", Array(POSITIONS + 1).fill(1), {}],
  ["a temperature of 0", [1], { temperature: 0 }],
  ["a topP above 1", [1], { topP: 1.1 }],
  ["half a beam", [1], { numBeams: 0.5 }],
  ["no beams", [1], { numBeams: 0 }],
  ["a negative length", [1], { maxNewTokens: -1 }],
  ["sampled beams", [1], { numBeams: 2, doSample: true }],
  ["more rows than beams", [1], { numBeams: 2, numReturnSequences: 3 }],
  ["several rows of the likeliest tokens", [1], { numReturnSequences: 2 }],
  ["an option of another name", [1], { max_new_tokens: 3 } as GenerationOptions],
  ["a repetition penalty of 0", [1], { repetitionPenalty: 0 }],
  ["an empty bad word", [1], { badWordsIds: [[]] }],
])("refuses %s", (_what, prompt, options) =>
  expectError(() => generate([prompt], scattered, POSITIONS, options), "invalid_input"),
);

describe("BertLMHeadModel", async () => {
  const golden = await readGolden("torch/causal-lm");
  let model: BertLMHeadModel;
  beforeAll(async () => {
    model = await BertLMHeadModel.fromPretrained(golden.files);
  });
  afterAll(() => model.release());

  test("continues by the likeliest token after the whole row", async () => {
    const [row] = await model.generate([[5, 17, 301]], { maxNewTokens: 6 });
    for (let length = 3; length < 9; length++) {
      const { logits } = await model.forward({ input_ids: [row!.slice(0, length)] });
      const last = values(logits).subarray((length - 1) * 400);
      expect(row![length]).toBe(last.indexOf(Math.max(...last)));
    }
    expect(await model.generate([[9], [5, 17, 301]], { maxNewTokens: 6 })).toContainEqual(row);
  });

  test("sees only what came before: later tokens change no earlier logits", async () => {
    const [a, b] = await Promise.all(
      [301, 302].map(async (last) => (await model.forward({ input_ids: [[5, 17, last]] })).logits),
    );
    expect(
      difference(
        a,
        [...values(b)].map((value, i) => (i < 800 ? value : values(a)[i]!)),
      ),
    ).toBeLessThan(1e-6);
    expect(values(a).subarray(800)).not.toEqual(values(b).subarray(800));
  });

  test("ends at the model's positions", async () => {
    const [row] = await model.generate([[5]], { maxLength: 1000 });
    expect(row).toHaveLength(48);
  });

  test("does not generate with tokens that see those after them", async () => {
    const config = { ...JSON.parse(new TextDecoder().decode(golden.files["config.json"])), is_decoder: false };
    const files = { ...golden.files, "config.json": new TextEncoder().encode(JSON.stringify(config)) };
    const encoder = await BertLMHeadModel.fromPretrained(files);
    await expectError(() => encoder.generate([[5]]), "unsupported", "is_decoder");
    await encoder.release();
  });
});
