// Decoders that attend to encoded texts: one row at a time as all at once, quantised, in parts, and what they refuse.
import { beforeAll, describe, expect, test } from "vitest";
import { packCheckpoint } from "../../../src/model-file/pack-checkpoint.ts";
import { openSource } from "../../../src/source/source.ts";
import { Tensor } from "../../../src/tensor.ts";
import { EncodedText } from "../../../src/wasm/encoded-text.ts";
import { CrossAttentionSession } from "../../../src/wasm/kernel/cross-attention-session.ts";
import { KernelSession } from "../../../src/wasm/kernel/session.ts";
import { KeyValues } from "../../../src/wasm/key-values.ts";
import type { Feeds } from "../../../src/wasm/session.ts";
import { expectError } from "../../expect-error.ts";
import { difference, type GoldenCase, goldenFeeds, int32, readGolden, values } from "../../goldens.ts";

const LOGITS = "text-generation.logits";
const H = 32;
const { files, cases } = await readGolden("relatives/bert-cross-attention");
const [golden] = cases as [GoldenCase];
const feeds = goldenFeeds(golden);

const pack = async (quantization: "f32" | "int8" | "int4") => packCheckpoint(await openSource(files), { quantization });
const packed = { f32: await pack("f32"), int8: await pack("int8"), int4: await pack("int4") };

/** The unmasked states of a row of the golden. */
function encodedText(row: number, keeps: boolean): EncodedText {
  const states = golden.inputs.encoder_hidden_states![row]!;
  const mask = golden.inputs.encoder_attention_mask![row]!;
  return new EncodedText(Float32Array.from(states.filter((_, column) => mask[column] === 1).flat()), H, keeps);
}

/** The unmasked tokens of a row. */
function tokensOf(row: number): Record<"ids" | "types", readonly number[]> {
  const { input_ids, attention_mask, token_type_ids } = golden.inputs;
  const isKept = (_: number, column: number) => attention_mask![row]![column] === 1;
  return { ids: input_ids![row]!.filter(isKept), types: token_type_ids![row]!.filter(isKept) };
}

const vector = (numbers: readonly number[]) => new Tensor("int32", Int32Array.from(numbers), [numbers.length]);

/** Rows one after the other, without padding. */
function ragged(rows: readonly Record<"ids" | "types", readonly number[]>[]): Feeds {
  const starts = [0];
  for (const { ids } of rows) starts.push(starts.at(-1)! + ids.length);
  return {
    input_ids: vector(rows.flatMap(({ ids }) => ids)),
    token_type_ids: vector(rows.flatMap(({ types }) => types)),
    row_starts: vector(starts),
  };
}

describe.each(["relaxed", "baseline"] as const)("%s build", (build) => {
  describe.each(["f32", "int8"] as const)("%s", (quantization) => {
    let session: CrossAttentionSession;
    beforeAll(async () => {
      session = (await CrossAttentionSession.create(packed[quantization], { build })) as CrossAttentionSession;
    });

    test("a row that grows by a token attends to its text as the whole row does", async () => {
      const rows = [0, 1, 2].map(tokensOf);
      const encoded = [0, 1, 2].map((row) => encodedText(row, true));
      const { [LOGITS]: whole } = await session.run(ragged(rows), [LOGITS], { encoded });
      let token = 0;
      for (const [row, { ids, types }] of rows.entries()) {
        let before: KeyValues | undefined;
        for (const [index, id] of ids.entries()) {
          const keyValues = new KeyValues(before);
          const next = ragged([{ ids: [id], types: [types[index]!] }]);
          const options = { keyValues: [keyValues], encoded: [encoded[row]!] };
          const { [LOGITS]: logits } = await session.run(next, [LOGITS], options);
          const wanted = values(whole).subarray(token * 300, (token + 1) * 300);
          expect(difference(logits, Array.from(wanted))).toBeLessThan(1e-4);
          before = keyValues;
          token++;
        }
      }
    });

    test("rows of one text share it, in any order", async () => {
      const texts = [0, 1].map((row) => encodedText(row, true));
      const row = tokensOf(0);
      const both = [texts[0]!, texts[1]!, texts[0]!];
      const { [LOGITS]: logits } = await session.run(ragged([row, row, row]), [LOGITS], { encoded: both });
      const size = values(logits).length / 3;
      const [first, second, third] = [0, 1, 2].map((index) => {
        const own = values(logits).subarray(index * size, (index + 1) * size);
        return new Tensor("float32", own, [size]);
      });
      expect(difference(third, Array.from(values(first)))).toBeLessThan(1e-4);
      expect(difference(second, Array.from(values(first)))).toBeGreaterThan(0.1);
    });

    test("a text that is kept has its keys and values computed once", async () => {
      const [kept, other] = [encodedText(0, true), encodedText(0, false)];
      const run = (text: EncodedText) => session.run(ragged([tokensOf(0)]), [LOGITS], { encoded: [text] });
      const before = await run(kept);
      expect(await run(other)).toEqual(before);
      kept.states.fill(1);
      other.states.fill(1);
      expect(await run(kept)).toEqual(before);
      expect(await run(other)).not.toEqual(before);
    });
  });

  test("the probabilities of every token over its text are the reference's", async () => {
    const session = await CrossAttentionSession.create(packed.f32, { build });
    const outputs = await session.run(feeds, ["cross_attentions.0", "cross_attentions.1"]);
    const expected = golden.outputs.cross_attentions as readonly (readonly number[])[];
    const { attention_mask, encoder_attention_mask } = golden.inputs;
    for (const layer of [0, 1]) {
      const found = outputs[`cross_attentions.${layer}`];
      expect(found!.dims).toEqual([3, 4, 15, 9]);
      const keys = encoder_attention_mask!.map((row) => row.map(() => 1));
      expect(difference(found, expected[layer]!, attention_mask, keys)).toBeLessThan(1e-5);
    }
  });
});

test("head_mask is for both attentions of a layer", async () => {
  const session = await CrossAttentionSession.create(packed.f32);
  const head_mask = new Tensor("float32", Float32Array.of(1, 0, 1, 1), [4]);
  const { "cross_attentions.1": found } = await session.run({ ...feeds, head_mask }, ["cross_attentions.1"]);
  const size = 15 * 9;
  const sums = [0, 1, 2, 3].map((head) =>
    values(found)
      .subarray(head * size, (head + 1) * size)
      .reduce((sum, value) => sum + value, 0),
  );
  expect(sums).toEqual([15, 0, 15, 15].map((sum) => expect.closeTo(sum, 3)));
});

test("both builds have the same integers", async () => {
  const [relaxed, baseline] = await Promise.all(
    (["relaxed", "baseline"] as const).map(async (build) => {
      const session = await CrossAttentionSession.create(packed.int8, { build });
      return (await session.run(feeds, [LOGITS]))[LOGITS];
    }),
  );
  expect(difference(relaxed, Array.from(values(baseline)))).toBeLessThan(1e-4);
});

test.each([
  ["int8", 0.998],
  ["int4", 0.97],
] as const)("answers in %s much as in f32", async (quantization, least) => {
  const [exact, small] = await Promise.all(
    [packed.f32, packed[quantization]].map(async (file) =>
      values((await (await CrossAttentionSession.create(file)).run(feeds, [LOGITS]))[LOGITS]),
    ),
  );
  expect(cosine(small!, exact!)).toBeGreaterThan(least);
});

test("layers of the decoder that are sessions of their own attend to the same texts", async () => {
  const { encoder_hidden_states, encoder_attention_mask, ...own } = feeds;
  const encoded = { encoder_hidden_states: encoder_hidden_states!, encoder_attention_mask: encoder_attention_mask! };
  const [first, second] = await Promise.all(
    (
      [
        [0, 1],
        [1, 2],
      ] as const
    ).map((layers) => CrossAttentionSession.create(packed.f32, { layers })),
  );
  const { last_hidden_state } = await first!.run(feeds, ["last_hidden_state"]);
  const rest = { hidden_states: last_hidden_state!, attention_mask: own.attention_mask!, ...encoded };
  const { [LOGITS]: logits } = await second!.run(rest, [LOGITS]);
  expect(difference(logits, golden.outputs.logits!, golden.inputs.attention_mask)).toBeLessThan(1e-4);
});

test("without encoded texts the decoder is one without cross-attention", async () => {
  const { encoder_hidden_states: _, encoder_attention_mask: __, ...own } = feeds;
  const config = JSON.parse(new TextDecoder().decode(files["config.json"]));
  const plain = new TextEncoder().encode(JSON.stringify({ ...config, add_cross_attention: false }));
  const source = await openSource({ ...files, "config.json": plain });
  const without = await KernelSession.create(await packCheckpoint(source, { quantization: "f32" }));
  for (const Session of [KernelSession, CrossAttentionSession]) {
    const session = await Session.create(packed.f32);
    expect(await session.run(own, [LOGITS])).toEqual(await without.run(own, [LOGITS]));
  }
});

describe("refuses", () => {
  let session: KernelSession;
  beforeAll(async () => {
    session = await CrossAttentionSession.create(packed.f32);
  });
  const states = (...dims: number[]) =>
    new Tensor("float32", new Float32Array(dims.reduce((product, extent) => product * extent, 1)), dims);
  const { encoder_hidden_states: _, encoder_attention_mask: __, ...own } = feeds;

  test.each([
    ["states of another width", { encoder_hidden_states: states(3, 9, 16) }, "float32 [batch, length, 32] is expected"],
    ["states that are no floats", { encoder_hidden_states: int32([[1, 2]]) }, "int32 [1, 2]"],
    ["another number of texts", { encoder_hidden_states: states(2, 9, H) }, "2 encoded texts for 3 rows"],
    ["a mask alone", { encoder_attention_mask: feeds.encoder_attention_mask! }, "without encoder_hidden_states"],
    [
      "a mask of another shape",
      { encoder_hidden_states: states(3, 9, H), encoder_attention_mask: int32([[1, 1]]) },
      "shape [1, 2] where encoder_hidden_states has [3, 9]",
    ],
    [
      "a mask of other values",
      { encoder_hidden_states: states(3, 1, H), encoder_attention_mask: int32([[1], [2], [1]]) },
      "other than 0 and 1",
    ],
    [
      "a mask of floats",
      { encoder_hidden_states: states(3, 1, H), encoder_attention_mask: states(3, 1) },
      "float32, not int32 or int64",
    ],
    [
      "a text that is masked altogether",
      { encoder_hidden_states: states(3, 1, H), encoder_attention_mask: int32([[1], [0], [1]]) },
      "row 1 of encoder_hidden_states",
    ],
    [
      "an unknown input",
      { encoder_hidden_states: states(3, 9, H), encoder_outputs: states(3, 9, H) },
      "no input encoder_outputs; inputs are input_ids, inputs_embeds, attention_mask, token_type_ids, position_ids, head_mask, encoder_hidden_states, encoder_attention_mask, row_starts, output_tokens",
    ],
  ] as const)("%s", (_what, further: Feeds, message) =>
    expectError(() => session.run({ ...own, ...further }, [LOGITS]), "invalid_input", message),
  );

  test("cross_attentions that are not there", async () => {
    await expectError(() => session.run(feeds, ["cross_attentions.2"]), "invalid_input", "cross_attentions.1");
    await expectError(() => session.run(own, ["cross_attentions.0"]), "invalid_input", "without encoder_hidden_states");
    const three = ragged([0, 1, 2].map(tokensOf));
    const { encoder_hidden_states } = feeds;
    await expectError(
      () => session.run({ ...three, encoder_hidden_states: encoder_hidden_states! }, ["cross_attentions.0"]),
      "invalid_input",
      "padded feeds",
    );
  });

  test("cross_attentions that are larger than the memory", async () => {
    const small = await CrossAttentionSession.create(packed.f32, { maximumMemory: 2 ** 20 });
    await small.run(feeds, ["cross_attentions.0"]);
    const long = { ...own, encoder_hidden_states: states(3, 1500, H) };
    await expectError(() => small.run(long, ["cross_attentions.0", "cross_attentions.1"]), "input_too_large");
  });

  test("encoded texts that are no rows, of another width, or beside feeds that hold them", async () => {
    await expectError(() => new EncodedText(new Float32Array(33), H), "invalid_input", "33 values");
    await expectError(() => new EncodedText(new Float32Array(0), H), "invalid_input", "0 values");
    const row = ragged([tokensOf(0)]);
    const wide = new EncodedText(new Float32Array(2 * H), 2 * H);
    await expectError(() => session.run(row, [LOGITS], { encoded: [wide] }), "invalid_input", "64 wide");
    const encoded = [0, 1, 2].map((index) => encodedText(index, false));
    await expectError(() => session.run(feeds, [LOGITS], { encoded }), "invalid_input", "exclude each other");
  });

  test("encoded texts for a model that takes none", async () => {
    const plain = await KernelSession.create(packed.f32);
    await expectError(() => plain.run(feeds, [LOGITS]), "invalid_input", "there is no input encoder_hidden_states");
    const { files: other } = await readGolden("relatives/causal-lm-generation");
    const file = await packCheckpoint(await openSource(other), { quantization: "f32" });
    const causal = await CrossAttentionSession.create(file);
    const input_ids = int32([[5, 6]]);
    const encoded = [encodedText(0, false)];
    for (const other of [plain, causal])
      await expectError(() => other.run({ input_ids }, [LOGITS], { encoded }), "invalid_input", "no encoded texts");
    const { encoder_hidden_states } = feeds;
    await expectError(
      () => causal.run({ input_ids, encoder_hidden_states: encoder_hidden_states! }, [LOGITS]),
      "invalid_input",
      "there is no input encoder_hidden_states",
    );
  });
});

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, index) => sum + value * y[index]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
