// The inputs that the kernel engine takes beside ids, masks and token types: the reference's numbers for each.
import { Tensor } from "onnxruntime-common";
import { describe, expect, it } from "vitest";
import { packCheckpoint } from "../../../src/model-file/pack-checkpoint.ts";
import type { QUANTIZATIONS } from "../../../src/model-file/packed.ts";
import { openSource } from "../../../src/source/source.ts";
import { KernelSession } from "../../../src/wasm/kernel/session.ts";
import type { Feeds } from "../../../src/wasm/session.ts";
import { expectError } from "../../expect-error.ts";
import { readJsonFixture } from "../../fixtures.ts";
import { difference, int32, int64, readGolden, values } from "../../goldens.ts";

type Nested = number | readonly Nested[];

interface Case {
  readonly name: string;
  readonly inputs: Readonly<Record<string, readonly Nested[]>>;
  readonly outputs: Readonly<Record<string, readonly Nested[]>>;
}

const { cases } = await readJsonFixture<{ readonly cases: readonly Case[] }>("test/goldens/inputs.json");
const golden = await readGolden("torch/bert-model");
const create = async (quantization: (typeof QUANTIZATIONS)[number] = "f32") =>
  KernelSession.create(await packCheckpoint(await openSource(golden.files), { quantization }));

const FLOATS = ["inputs_embeds", "head_mask"];

function floats(nested: readonly Nested[]): Tensor {
  const dims: number[] = [];
  for (let at: Nested | undefined = nested; Array.isArray(at); at = at[0]) dims.push(at.length);
  return new Tensor("float32", Float32Array.from([nested].flat(6) as number[]), dims);
}

const feedsOf = ({ inputs }: Case): Feeds =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, nested]) => [
      name,
      FLOATS.includes(name) ? floats(nested) : int64(nested as readonly (readonly Nested[])[]),
    ]),
  );

describe.each(cases)("$name", (one) => {
  const mask = one.inputs.attention_mask as number[][] | undefined;
  const padded = Array.isArray(mask?.[0]?.[0]) ? undefined : mask;

  it("gives the reference's numbers, side by side and each alone", async () => {
    const session = await create();
    const feeds = feedsOf(one);
    const names = Object.keys(one.outputs);
    const beside = await session.run(feeds, names);
    for (const name of names) {
      const alone = await session.run(feeds, [name]);
      for (const outputs of [beside, alone]) {
        expect(difference(outputs[name], one.outputs[name]!, padded), name).toBeLessThan(1e-4);
      }
    }
  });

  it.each(["int8", "int4"] as const)("comes close in %s", async (quantization) => {
    const session = await create(quantization);
    const { pooler_output } = await session.run(feedsOf(one), ["pooler_output"]);
    const [found, expected] = [values(pooler_output), [one.outputs.pooler_output!].flat(6) as number[]];
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
    const cosine = dot(found, expected) / Math.sqrt(dot(found, found) * dot(expected, expected));
    expect(cosine).toBeGreaterThan(quantization === "int8" ? 0.99 : 0.9);
  });
});

describe("a session", async () => {
  const session = await create();
  const input_ids = int32([[7, 19, 230]]);

  it("pools by index 0 where rows are padded on the left, however they are pooled besides", async () => {
    const feeds = { input_ids, attention_mask: int32([[0, 1, 1]]) };
    const outputs = await session.run(feeds, ["pooled.cls", "pooled.mean", "last_hidden_state"]);
    const states = values(outputs.last_hidden_state);
    const H = states.length / 3;
    const mean = Array.from({ length: H }, (_, h) => (states[H + h]! + states[2 * H + h]!) / 2);
    expect(difference(outputs["pooled.mean"], mean)).toBeLessThan(1e-6);
    expect(states.subarray(0, H)).toEqual(new Float32Array(H));
    expect(values(outputs["pooled.cls"])).not.toEqual(states.slice(H, 2 * H));
  });

  it("refuses padding on the left for a decoder's output that reads the first token", async () => {
    const { files } = await readGolden("torch/causal-lm");
    const decoder = await KernelSession.create(await packCheckpoint(await openSource(files), { quantization: "f32" }));
    const feeds = { input_ids, attention_mask: int32([[0, 1, 1]]) };
    await expectError(() => decoder.run(feeds, ["pooled.cls"]), "unsupported", "row 0 is padded on the left");
    await decoder.run(feeds, ["last_hidden_state"]);
  });

  it.each<[string, Feeds, string]>([
    [
      "a misspelt mask",
      { input_ids, attention_maks: input_ids },
      "there is no input attention_maks; inputs are input_ids",
    ],
    ["labels", { input_ids, labels: input_ids }, "there is no input labels"],
    ["ids beside word vectors", { input_ids, inputs_embeds: floats([[[0]]]) }, "exclude each other"],
    [
      "head factors of another shape",
      { input_ids, head_mask: floats([1, 2, 3]) },
      "head_mask is float32 [3] where float32 [",
    ],
    ["integer head factors", { input_ids, head_mask: int32([[1]]) }, "head_mask is int32"],
    [
      "a mask by query of another length",
      { input_ids, attention_mask: int64([[[1, 1]]]) },
      "attention_mask has shape [1, 1, 2] where input_ids has [1, 3]",
    ],
    [
      "a mask by query of 2",
      {
        input_ids,
        attention_mask: int64([
          [
            [1, 1, 1],
            [1, 2, 1],
            [1, 1, 1],
          ],
        ]),
      },
      "other than 0 and 1",
    ],
  ])("refuses %s", async (_, feeds, message) => {
    await expectError(() => session.run(feeds), "invalid_input", message);
  });
});
