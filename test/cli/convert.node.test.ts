// bertlet convert: it writes a whole file or none, and reports a failure in one line.
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { measureAgreement } from "../../src/cli/agreement.ts";
import { type PackedHeader, readPacked } from "../../src/model-file/packed.ts";
import { checkpointFiles, randomHead, randomTensors, shapesOf, TINY, tinyConfig } from "../builders.ts";
import { bertlet } from "./bertlet.ts";

const FOLDER = "test/goldens/torch/sequence-classification";

async function headerOf(file: string): Promise<PackedHeader> {
  const { header } = await readPacked(
    new Uint8Array(await readFile(file)),
    ({ weightBytes }) => new Uint8Array(weightBytes),
  );
  return header;
}

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bertlet-cli-"));
  file = join(folder, "model.safetensors");
});
afterEach(() => rm(folder, { recursive: true }));

/** Fails with this code, one line on standard error, and nothing in the folder beside `present`. */
async function expectFailure(args: string[], code: number, message: string, present: string[] = []): Promise<void> {
  const { err, out, ...result } = await bertlet(...args);
  expect([result.code, out, err]).toEqual([code, "", expect.stringContaining(message)]);
  expect(err.trimEnd().split("\n")).toHaveLength(1);
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(present);
}

async function writeFiles(files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const checkpoint = join(folder, "checkpoint");
  for (const [name, bytes] of files) {
    const path = join(checkpoint, name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, bytes);
  }
  return checkpoint;
}

describe("bertlet convert", () => {
  it("writes the whole file, in int8, and prints its size, checksum and entry of MODELS", async () => {
    const { code, out } = await bertlet("convert", FOLDER, file);
    expect(code).toBe(0);
    const bytes = await readFile(file);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const [size, checksum, models] = out.split("\n");
    expect(size).toBe(`${file}: ${bytes.length} bytes (0.1 MiB), int8`);
    expect(checksum).toBe(`sha256: ${sha256}`);
    expect(JSON.parse(models!.replace("MODELS: ", ""))).toEqual({
      models: {
        model: { from: "r2", binding: "BUCKET", parts: ["model.safetensors"], bytes: bytes.length, sha256 },
      },
    });
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
    const { quantization, heads, origin } = await headerOf(file);
    expect([quantization, heads.map(({ name }) => name), origin]).toEqual(["int8", ["text-classification"], undefined]);
  });

  it("warns of a checkpoint without a vocabulary", async () => {
    const { code, err } = await bertlet("convert", FOLDER, file);
    expect([code, err]).toEqual([0, expect.stringMatching(/^warning: .* has no vocabulary.*\n$/)]);
  });

  it("takes options", async () => {
    const origin = ["--name", "tiny", "--license", "mit", "--url", "https://example.org/tiny"];
    expect((await bertlet("convert", "--quantization", "f32", FOLDER, ...origin, file)).code).toBe(0);
    const header = await headerOf(file);
    expect(header.quantization).toBe("f32");
    expect(header.origin).toEqual({ name: "tiny", license: "mit", url: "https://example.org/tiny" });
  });

  it("writes the heads that are asked for, in that order", async () => {
    const config = tinyConfig({ architectures: ["BertForSequenceClassification"] });
    const { tensors } = randomHead("BertForSequenceClassification", config);
    const heads = ["a", "b", "c"].flatMap((name) => [
      [`heads/${name}/config.json`, config],
      [`heads/${name}/head.safetensors`, tensors],
    ]);
    const encoder = randomTensors(shapesOf(config, true));
    const files = checkpointFiles({
      "config.json": TINY,
      "encoder.safetensors": encoder,
      ...Object.fromEntries(heads),
    });
    expect((await bertlet("convert", await writeFiles(files), file, "--heads", "c,a")).code).toBe(0);
    expect((await headerOf(file)).heads.map(({ name }) => name)).toEqual(["c", "a"]);
  });

  describe("calibrates", () => {
    const vocabulary = [
      "[PAD]",
      "[UNK]",
      "[CLS]",
      "[SEP]",
      "[MASK]",
      ...Array.from({ length: 15 }, (_, i) => `word${i}`),
    ];
    const checkpoint = () => {
      const config = tinyConfig({ architectures: ["BertModel"] });
      const files = checkpointFiles({
        "config.json": config,
        "model.safetensors": randomTensors(shapesOf(config, true)),
      });
      return writeFiles(files.set("vocab.txt", new TextEncoder().encode(vocabulary.join("\n"))));
    };
    const lines = ["word0 word1", "", "word2 word3 word4", "word5", "word6 word7 word8 word9"].join("\n");

    it("on the lines of a text, plain or gzip", async () => {
      const folderOf = await checkpoint();
      const [plain, gzip] = [join(folder, "texts.txt"), join(folder, "texts.gz")];
      await writeFile(plain, lines);
      await writeFile(gzip, gzipSync(lines));
      const digests: string[] = [];
      for (const options of [
        [],
        ["--calibrate", plain],
        ["--calibrate", gzip],
        ["--calibrate", plain, "--calibrate-lines", "1"],
      ]) {
        expect(await bertlet("convert", folderOf, file, ...options)).toMatchObject({ code: 0, err: "" });
        digests.push((await headerOf(file)).digest);
      }
      const [uncalibrated, first, second, ofOneLine] = digests;
      expect(second).toBe(first);
      expect(new Set([uncalibrated, first, ofOneLine]).size).toBe(3);
    });

    it("on a sample of English when no texts are given, and not at all on request; and says what it cost", async () => {
      const from = await checkpoint();
      const convert = async (...options: string[]) => {
        const { code, out } = await bertlet("convert", from, file, ...options);
        expect(code).toBe(0);
        return { out, digest: (await headerOf(file)).digest };
      };
      const [sampled, plain] = [await convert(), await convert("--calibrate", "none")];
      expect(sampled.digest).not.toBe(plain.digest);
      for (const { out } of [sampled, plain])
        expect(out).toMatch(
          /agreement with f32 on 16 texts that were kept back: cosine \d\.\d+, lowest .* layer [12] /,
        );
      expect((await convert("--quantization", "f32")).out).not.toContain("agreement");
    });

    it("warns of a model whose vectors are far from those in f32", async () => {
      const from = await checkpoint();
      const { out, err } = await bertlet("convert", from, file, "--quantization", "int4", "--calibrate", "none");
      const told = Number(/cosine (\d\.\d+)/.exec(out)![1]);
      const exact = join(folder, "exact.safetensors");
      await bertlet("convert", from, exact, "--quantization", "f32");
      const [wanted, found] = [await readFile(exact), await readFile(file)];
      const texts = ["word1 word2 word3", "word4"];
      const { mean, lowest, worst } = await measureAgreement(wanted, found, texts);
      expect(mean).toBeGreaterThanOrEqual(lowest);
      expect(lowest).toBeLessThan(1);
      expect([1, 2]).toContain(worst.layer);
      expect(err.includes("far from those in f32")).toBe(told < 0.98);
      expect((await measureAgreement(wanted, wanted, texts)).lowest).toBeCloseTo(1, 6);
    });

    it("on no file that is not there", async () => {
      const { code, err } = await bertlet("convert", await checkpoint(), file, "--calibrate", join(folder, "no.txt"));
      expect([code, err]).toEqual([1, expect.stringContaining("ENOENT")]);
      expect(await readdir(folder)).toEqual(["checkpoint"]);
    });
  });

  it("replaces a file", async () => {
    await writeFile(file, "old");
    expect((await bertlet("convert", FOLDER, file)).code).toBe(0);
    expect((await headerOf(file)).quantization).toBe("int8");
  });

  describe("leaves nothing behind", () => {
    it("of a folder that does not exist", () =>
      expectFailure(["convert", join(folder, "no"), file], 1, `there is no folder ${folder}/no`));

    it("of a folder that holds no checkpoint", () =>
      expectFailure(["convert", "src/cli", file], 1, "config.json is missing"));

    it("of a broken checkpoint, and leaves the file that was there", async () => {
      await writeFile(file, "old");
      const checkpoint = await writeFiles(checkpointFiles({ "config.json": { hidden_size: 0, vocab_size: "many" } }));
      const present = ["checkpoint", "checkpoint/config.json", "model.safetensors"];
      await expectFailure(["convert", checkpoint, file], 1, "vocab_size: ", present);
      expect(await readFile(file, "utf8")).toBe("old");
    });

    it("of heads outside of the folder", async () => {
      const files = checkpointFiles({ "config.json": TINY, "encoder.safetensors": new Map() });
      const checkpoint = await writeFiles(files);
      const present = ["checkpoint", "checkpoint/config.json", "checkpoint/encoder.safetensors"];
      const args = ["convert", checkpoint, file, "--heads", "../../secret"];
      await expectFailure(args, 1, "is not the name of a file in the folder", present);
    });

    it("where there is no folder to write to", () =>
      expectFailure(["convert", FOLDER, join(folder, "no", "model")], 1, "ENOENT: no such file or directory"));

    it("where a file stands in the place of the folder", async () => {
      await writeFile(file, "old");
      await expectFailure(["convert", FOLDER, join(file, "model")], 1, "ENOTDIR", ["model.safetensors"]);
    });

    it("where a folder stands in the place of the file", async () => {
      await mkdir(file);
      await expectFailure(["convert", FOLDER, file], 1, "EISDIR", ["model.safetensors"]);
    });
  });

  it.each<[string, string[], string]>([
    ["no arguments", [], "bertlet convert takes <checkpoint> <file>, and 0 were given"],
    ["one argument", ["a"], "bertlet convert takes <checkpoint> <file>, and 1 were given"],
    ["three arguments", ["a", "b", "c"], "bertlet convert takes <checkpoint> <file>, and 3 were given"],
    [
      "an unknown option",
      ["a", "b", "--fast"],
      "bertlet convert has no option --fast; its options are --quantization,",
    ],
    ["an abbreviated option", ["a", "b", "--quant=int4"], "bertlet convert has no option --quant;"],
    ["an option without its value", ["a", "b", "--heads"], "--heads needs a value: --heads a,b,c"],
    ["another option in place of a value", ["a", "b", "--heads", "--name", "x"], "--heads needs a value"],
    [
      "an unknown quantisation",
      ["a", "b", "--quantization", "int3"],
      "--quantization is f32, int8, int4, and not int3",
    ],
  ])("refuses %s", (_, args, message) => expectFailure(["convert", ...args], 2, message));

  it.each<[string, string[], string]>([
    ["a name without a licence", ["--name", "a"], "--name and --license go together"],
    ["a licence without a name", ["--license", "mit"], "--name and --license go together"],
    ["an address without both", ["--url", "https://example.org"], "--url needs --name and --license"],
    [
      "texts for a model of another kind",
      ["--calibrate", "a.txt", "--quantization", "f32"],
      "--calibrate is for int8 and int4",
    ],
    [
      "no lines to calibrate on",
      ["--calibrate", "a.txt", "--calibrate-lines", "0"],
      "--calibrate-lines is a whole number",
    ],
  ])("refuses %s", (_, args, message) => expectFailure(["convert", FOLDER, file, ...args], 2, message));
});
