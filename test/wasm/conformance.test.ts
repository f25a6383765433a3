// What a session promises, whichever engine is behind it. Both engines run the same checkpoint: the reference's bert-model.
import { Tensor } from "onnxruntime-common";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BertletError } from "../../src/errors.ts";
import type { Feeds, InferenceSession } from "../../src/wasm/session.ts";
import { difference, type Golden, goldenFeeds, int32, int64, readGolden, values } from "../goldens.ts";
import { ENGINES } from "./engines.ts";

const golden: Golden = await readGolden("torch/bert-model");
const languageModel: Golden = await readGolden("torch/masked-lm");
const H = 32;
const ids = [
  [7, 19, 230, 4],
  [8, 20, 231, 5],
];

/** Row after row, without padding. */
function ragged(...rows: readonly (readonly number[])[]): Feeds {
  const starts = [0];
  for (const row of rows) starts.push(starts.at(-1)! + row.length);
  return { input_ids: tokens(...rows.flat()), row_starts: tokens(...starts) };
}
const tokens = (...indices: readonly number[]) => new Tensor("int32", Int32Array.from(indices), [indices.length]);

describe.each(ENGINES)("$name", (engine) => {
  let session: InferenceSession;
  beforeAll(async () => {
    session = await engine.create(golden);
  });
  afterAll(() => session.release());

  const hidden = async (feeds: Feeds) => (await session.run(feeds, ["last_hidden_state"])).last_hidden_state!;

  test("names its inputs and outputs", () => {
    expect(session.inputNames).toEqual(expect.arrayContaining(["input_ids", "attention_mask", "token_type_ids"]));
    const outputs = ["last_hidden_state", "pooler_output", "sentence_embedding"];
    expect(session.outputNames).toEqual(expect.arrayContaining(outputs));
  });

  test.each(golden.cases)("gives the reference's numbers: $name", async (one) => {
    const wanted = Object.entries(one.outputs).flatMap(([name, expected]) =>
      name === "hidden_states" || name === "attentions"
        ? [...(expected as readonly (readonly number[])[]).entries()].map(
            ([n, layer]) => [`${name}.${n}`, layer] as const,
          )
        : [[name, expected] as const],
    );
    const outputs = await session.run(
      goldenFeeds(one),
      wanted.map(([name]) => name),
    );
    for (const [name, expected] of wanted) {
      expect(difference(outputs[name], expected, one.inputs.attention_mask), name).toBeLessThan(golden.tolerance);
    }
  });

  test("computes what is fetched and nothing else", async () => {
    const feeds = { input_ids: int64(ids) };
    expect(Object.keys(await session.run(feeds, ["pooler_output"]))).toEqual(["pooler_output"]);
    expect(Object.keys(await session.run(feeds, { last_hidden_state: null }))).toEqual(["last_hidden_state"]);
    expect(Object.keys(await session.run(feeds)).sort()).toEqual([...session.outputNames].sort());
  });

  test("gives float32 tensors of the documented shapes", async () => {
    const { last_hidden_state, pooler_output } = await session.run({ input_ids: int64(ids) });
    expect([last_hidden_state?.type, last_hidden_state?.dims]).toEqual(["float32", [2, 4, H]]);
    expect([pooler_output?.type, pooler_output?.dims]).toEqual(["float32", [2, H]]);
  });

  test("pools alone what it pools beside the hidden states", async () => {
    const feeds = { input_ids: int64(ids) };
    const alone = await session.run(feeds, ["pooler_output"]);
    const beside = await session.run(feeds, ["last_hidden_state", "pooler_output"]);
    expect(difference(alone.pooler_output, [...values(beside.pooler_output)])).toBeLessThan(1e-5);
  });

  describe("a sentence embedding", () => {
    const attention_mask = [
      [1, 1, 1, 1],
      [1, 1, 0, 0],
    ];
    const feeds = { input_ids: int64(ids), attention_mask: int64(attention_mask) };
    /** The hidden states of each row's unmasked tokens. */
    const statesOf = async () => {
      const states = values(await hidden(feeds));
      return attention_mask.map((mask, row) =>
        mask.flatMap((one, column) => {
          const from = (row * 4 + column) * H;
          return one ? [Array.from(states.subarray(from, from + H))] : [];
        }),
      );
    };
    const mean = (rows: readonly (readonly number[])[], weights = rows.map(() => 1), divisor = rows.length) =>
      Array.from({ length: H }, (_, h) => rows.reduce((sum, row, s) => sum + weights[s]! * row[h]!, 0) / divisor);

    test("is the mean of the tokens at length 1, beside other outputs and alone", async () => {
      const expected = (await statesOf()).flatMap((rows) => {
        const pooled = mean(rows);
        return pooled.map((x) => x / Math.hypot(...pooled));
      });
      const beside = await session.run(feeds, ["pooler_output", "sentence_embedding", "last_hidden_state"]);
      const alone = await session.run(feeds, ["sentence_embedding"]);
      for (const { sentence_embedding } of [beside, alone]) {
        expect(sentence_embedding?.dims).toEqual([2, H]);
        expect(difference(sentence_embedding, expected)).toBeLessThan(1e-5);
      }
    });

    test.each<[string, (rows: readonly (readonly number[])[]) => readonly number[]]>([
      ["cls", (rows) => rows[0]!],
      ["lasttoken", (rows) => rows.at(-1)!],
      ["max", (rows) => rows[0]!.map((_, h) => Math.max(...rows.map((row) => row[h]!)))],
      ["mean", (rows) => mean(rows)],
      ["mean_sqrt_len_tokens", (rows) => mean(rows, undefined, Math.sqrt(rows.length))],
      [
        "weightedmean",
        (rows) => {
          const weights = rows.map((_, s) => s + 1);
          return mean(
            rows,
            weights,
            weights.reduce((a, b) => a + b),
          );
        },
      ],
    ])("may be pooled otherwise on request, and is left as it is then: %s", async (mode, pool) => {
      const expected = (await statesOf()).flatMap(pool);
      const { [`pooled.${mode}`]: pooled } = await session.run(feeds, [`pooled.${mode}`]);
      expect(pooled?.dims).toEqual([2, H]);
      expect(difference(pooled, expected)).toBeLessThan(1e-5);
    });

    test("of ragged rows is that of padded ones", async () => {
      const names = ["sentence_embedding", "pooled.max"];
      const padded = await session.run(feeds, names);
      const row = await session.run(ragged(ids[0]!, ids[1]!.slice(0, 2)), names);
      for (const name of names) expect(difference(row[name], [...values(padded[name])]), name).toBeLessThan(1e-5);
    });
  });

  test("takes int32 as it takes int64", async () => {
    expect(values(await hidden({ input_ids: int32(ids) }))).toEqual(values(await hidden({ input_ids: int64(ids) })));
  });

  test("takes a missing mask for ones and missing token types for zeros", async () => {
    const given = {
      input_ids: int64(ids),
      attention_mask: int64([
        [1, 1, 1, 1],
        [1, 1, 1, 1],
      ]),
      token_type_ids: int64([
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ]),
    };
    expect(values(await hidden({ input_ids: int64(ids) }))).toEqual(values(await hidden(given)));
  });

  test("computes each row of a batch as if it were alone", async () => {
    const batch = await hidden({ input_ids: int64(ids) });
    for (const [row, tokens] of ids.entries()) {
      const alone = await hidden({ input_ids: int64([tokens]) });
      const size = tokens.length * H;
      expect(difference(alone, [...values(batch).subarray(row * size, (row + 1) * size)])).toBeLessThan(1e-5);
    }
  });

  test("lets no masked token have a say, wherever it stands", async () => {
    const mask = [
      [1, 0, 1, 1],
      [1, 1, 1, 0],
    ];
    const other = [
      [7, 99, 230, 4],
      [8, 20, 231, 77],
    ];
    const before = await hidden({ input_ids: int64(ids), attention_mask: int64(mask) });
    const after = await hidden({ input_ids: int64(other), attention_mask: int64(mask) });
    expect(difference(after, [...values(before)], mask)).toBeLessThan(1e-5);
  });

  test("keeps runs that are under way at once apart", async () => {
    const expected = await Promise.all(ids.map(async (row) => values(await hidden({ input_ids: int64([row]) }))));
    const together = await Promise.all([...ids, ...ids].map((row) => hidden({ input_ids: int64([row]) })));
    for (const [index, tensor] of together.entries()) expect(values(tensor)).toEqual(expected[index % ids.length]);
  });

  test("takes ragged feeds, and gives ragged outputs", async () => {
    const { last_hidden_state, pooler_output } = await session.run(ragged([7, 19, 230, 4], [8, 20]), [
      "last_hidden_state",
      "pooler_output",
    ]);
    expect([last_hidden_state?.dims, pooler_output?.dims]).toEqual([
      [6, H],
      [2, H],
    ]);
    const alone = await Promise.all([[[7, 19, 230, 4]], [[8, 20]]].map((row) => hidden({ input_ids: int64(row) })));
    expect(
      difference(
        last_hidden_state,
        alone.flatMap((tensor) => [...values(tensor)]),
      ),
    ).toBeLessThan(1e-5);
  });

  test("gives attentions of one ragged row, and refuses those of several", async () => {
    const attentions = await session.run(ragged([7, 19, 230]), ["attentions.0"]);
    expect(attentions["attentions.0"]?.dims).toEqual([1, 4, 3, 3]);
    const run = session.run(ragged([7, 19, 230], [8, 20]), ["attentions.0"]);
    await expect(run).rejects.toMatchObject({ type: "invalid_input" });
  });

  test("gives the rows of output_tokens alone, in their order", async () => {
    const whole = values(await hidden({ input_ids: int64(ids) }));
    const { last_hidden_state, pooler_output } = await session.run(
      { input_ids: int64(ids), output_tokens: tokens(6, 1) },
      ["last_hidden_state", "pooler_output"],
    );
    expect([last_hidden_state?.dims, pooler_output?.dims]).toEqual([
      [2, H],
      [2, H],
    ]);
    const rows = [6, 1].flatMap((token) => [...whole.subarray(token * H, (token + 1) * H)]);
    expect(difference(last_hidden_state, rows)).toBeLessThan(1e-5);
    expect((await hidden({ ...ragged([7, 19], [8]), output_tokens: tokens(2) })).dims).toEqual([1, H]);
    expect((await hidden({ input_ids: int64(ids), output_tokens: tokens() })).dims).toEqual([0, H]);
  });

  test("says which output_tokens are wrong", async () => {
    const run = (...wanted: number[]) =>
      session.run({ input_ids: int64(ids), output_tokens: tokens(...wanted) }, ["last_hidden_state"]);
    await expect(run(1, 1)).rejects.toThrow("output_tokens names a token twice");
    await expect(run(1, 8)).rejects.toThrow("output_tokens names 8, which is no unmasked token");
  });

  const masked = { input_ids: int64([[1, 2, 3]]), attention_mask: int64([[1, 1, 0]]) };
  test.each<[string, Feeds, readonly string[]]>([
    ["output_tokens beyond the input", { input_ids: int64([[1, 2]]), output_tokens: tokens(2) }, ["last_hidden_state"]],
    ["output_tokens at a masked token", { ...masked, output_tokens: tokens(2) }, ["last_hidden_state"]],
    ["output_tokens that repeat", { ...masked, output_tokens: tokens(1, 1) }, ["last_hidden_state"]],
    ["row_starts that fall", { ...ragged([1, 2]), row_starts: tokens(0, 2, 1) }, ["last_hidden_state"]],
    ["row_starts beside a mask", { ...ragged([1]), attention_mask: tokens(1) }, ["last_hidden_state"]],
    ["ragged ids without row_starts", { input_ids: tokens(1, 2) }, ["last_hidden_state"]],
    ["no input_ids", { attention_mask: int64(ids) }, ["last_hidden_state"]],
    ["an unknown input", { input_ids: int64(ids), labels: int64(ids) }, ["last_hidden_state"]],
    ["an unknown output", { input_ids: int64(ids) }, ["logits"]],
    ["a mask of another shape", { input_ids: int64(ids), attention_mask: int64([[1, 1]]) }, ["last_hidden_state"]],
    ["ids that are no integers", { input_ids: new Tensor("float32", [1, 2], [1, 2]) }, ["last_hidden_state"]],
    ["an id beyond the vocabulary", { input_ids: int64([[1, 400]]) }, ["last_hidden_state"]],
    ["a negative id", { input_ids: int64([[1, -1]]) }, ["last_hidden_state"]],
    ["more tokens than positions", { input_ids: int64([Array(49).fill(1)]) }, ["last_hidden_state"]],
    ["a row of no tokens", { input_ids: int64([[]]) }, ["last_hidden_state"]],
  ])("refuses %s, and goes on", async (_what, feeds, fetches) => {
    await expect(session.run(feeds, fetches)).rejects.toMatchObject({ type: "invalid_input" });
    await expect(session.run(feeds, fetches)).rejects.toBeInstanceOf(BertletError);
    expect((await hidden({ input_ids: int64(ids) })).dims).toEqual([2, 4, H]);
  });

  test("says how much memory it has and may take", () => {
    expect(session.memory.bytes).toBeGreaterThan(0);
    expect(session.memory.maximum).toBeGreaterThanOrEqual(session.memory.bytes);
  });

  test("refuses a damaged file", async () => {
    await expect(engine.createDamaged(golden)).rejects.toMatchObject({ type: "invalid_checkpoint" });
  });

  test("runs no more once it is released", async () => {
    const other = await engine.create(golden);
    await other.release();
    await other.release();
    await expect(other.run({ input_ids: int64(ids) })).rejects.toMatchObject({ type: "invalid_input" });
    expect((await hidden({ input_ids: int64(ids) })).dims).toEqual([2, 4, H]);
  });
});

describe.each(ENGINES)("$name, with a language model on it", (engine) => {
  const NAME = "fill-mask.logits";
  let session: InferenceSession;
  beforeAll(async () => {
    session = await engine.create(languageModel);
  });
  afterAll(() => session.release());

  test("computes logits of the whole batch, or of the tokens asked for", async () => {
    const { inputs, outputs } = languageModel.cases[0]!;
    const feeds = goldenFeeds(languageModel.cases[0]!);
    const { [NAME]: whole } = await session.run(feeds, [NAME]);
    expect(difference(whole, outputs.logits!, inputs.attention_mask)).toBeLessThan(languageModel.tolerance);
    const [, length, V] = whole!.dims as [number, number, number];
    const chosen = [2 * length, 3, 0];
    const { [NAME]: some } = await session.run({ ...feeds, output_tokens: tokens(...chosen) }, [NAME]);
    expect(some?.dims).toEqual([3, V]);
    const rows = chosen.flatMap((token) => [...values(whole).subarray(token * V, (token + 1) * V)]);
    expect(difference(some, rows)).toBeLessThan(1e-4);
  });

  test("takes chosen tokens of many ragged rows", async () => {
    const rows = Array.from({ length: 12 }, (_, row) =>
      Array.from({ length: 20 + row }, (_, i) => (7 * i + row) % 400),
    );
    const { row_starts } = ragged(...rows);
    const starts = Array.from(row_starts!.data as Int32Array).slice(0, -1);
    const last = starts.map((start, row) => start + rows[row]!.length - 1);
    const { [NAME]: together } = await session.run({ ...ragged(...rows), output_tokens: tokens(...last) }, [NAME]);
    for (const [row, ids] of rows.entries()) {
      const { [NAME]: alone } = await session.run({ ...ragged(ids), output_tokens: tokens(ids.length - 1) }, [NAME]);
      const V = alone!.dims[1]!;
      expect(difference(alone, [...values(together).subarray(row * V, (row + 1) * V)])).toBeLessThan(1e-4);
    }
  });
});
