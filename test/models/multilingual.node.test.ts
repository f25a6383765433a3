// multilingual-e5-small, whole and with the tokens of some languages alone, against the reference's vectors of texts in 15 languages.
import { execFile } from "node:child_process";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import type { Quantization } from "../../src/model-file/packed.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import { pipeline } from "../../src/models/pipeline.ts";
import { openSource } from "../../src/source/source.ts";
import { bertlet } from "../cli/bertlet.ts";
import { readShared } from "../shared.ts";

interface Golden {
  readonly cases: readonly { readonly language: string; readonly text: string; readonly vector: readonly number[] }[];
}

const MODEL = "../shared/models/multilingual-e5-small";
const text = await readShared("goldens/pipelines/multilingual-vectors.json.gz");
const golden = text === undefined ? undefined : (JSON.parse(text) as Golden);
const reason = golden ? "" : ": ../shared is not here, and the model is not part of the project";

/** The least cosine that vectors may have with the reference's. */
const COSINES: Readonly<Record<Quantization, number>> = { f32: 1 - 1e-6, int8: 0.99, int4: 0.97 };

describe.skipIf(!golden)(`multilingual-e5-small${reason}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bertlet-e5-"));
    await promisify(execFile)(process.execPath, [join(MODEL, "unpack.mjs"), join(folder, "whole")]);
    const languages = Map.groupBy(golden!.cases, ({ language }) => language);
    const files = await Promise.all(
      Array.from(languages, async ([language, cases]) => {
        const path = join(folder, `${language}.txt`);
        // One text in ten is held back: repeated, each is counted.
        const lines = Array.from({ length: 11 }, () => cases.map(({ text }) => text)).flat();
        await writeFile(path, lines.join("\n"));
        return path;
      }),
    );
    const { code } = await bertlet("trim", join(folder, "whole"), join(folder, "trimmed"), "--texts", files.join());
    expect(code).toBe(0);
    await access(join(folder, "trimmed", "1_Pooling", "config.json"));
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true }));

  test.each([
    ["whole", "f32"],
    ["whole", "int8"],
    ["whole", "int4"],
    ["trimmed", "f32"],
    ["trimmed", "int8"],
    ["trimmed", "int4"],
  ] as const)("%s, in %s, has the reference's vectors", { timeout: 300_000 }, async (which, quantization) => {
    const packed = await packCheckpoint(await openSource(join(folder, which)), { quantization });
    const model = await loadPretrained(packed);
    const embed = await pipeline("sentence-embedding", model);
    let lowest = 1;
    let farthest = 0;
    for (const { text, vector } of golden!.cases) {
      const found = await embed(text);
      const cosine = vector.reduce((sum, value, index) => sum + value * found[index]!, 0);
      lowest = Math.min(lowest, cosine);
      farthest = vector.reduce((most, value, index) => Math.max(most, Math.abs(value - found[index]!)), farthest);
    }
    const size = `${(packed.byteLength / 1e6).toFixed(1)} MB, ${(model.session.memory.bytes / 1e6).toFixed(1)} MB of memory`;
    console.log(`${which}, ${quantization}: lowest cosine ${lowest.toFixed(4)}, ${size}`);
    expect(lowest).toBeGreaterThanOrEqual(COSINES[quantization]);
    if (quantization === "f32") expect(farthest).toBeLessThan(1e-4);
    await model.session.release();
  });
});
