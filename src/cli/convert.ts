// bertlet convert: packs a checkpoint's folder into one file.
import { basename } from "node:path";
import { sha256 } from "../digest.ts";
import { type PackOptions, packCheckpoint } from "../model-file/pack-checkpoint.ts";
import { QUANTIZATIONS, type Quantization } from "../model-file/packed.ts";
import { readSafetensors } from "../safetensors.ts";
import { type ModelSource, openSource } from "../source/source.ts";
import { calibrator } from "../wasm/calibrator.ts";
import { measureAgreement } from "./agreement.ts";
import { SAMPLE } from "./calibration-sample.ts";
import { readTexts, spread } from "./calibration-texts.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";
import { writeWhole } from "./write-whole.ts";

export const convert = defineCommand({
  name: "convert",
  summary: "packs a checkpoint (a folder, a URL or a model of the Hub) into one file",
  positionals: ["checkpoint", "file"],
  options: {
    quantization: {
      type: "string",
      value: QUANTIZATIONS.join("|"),
      default: "int8",
      summary: "format of the matrices",
    },
    calibrate: {
      type: "string",
      value: "<texts.txt>",
      summary:
        "typical texts, one per line, plain or .gz, to fit the rounding to; none for plain rounding (a sample of English)",
    },
    "calibrate-lines": { type: "string", value: "<n>", default: "64", summary: "how many lines to use, spread evenly" },
    heads: {
      type: "string",
      value: "a,b,c",
      summary: "which heads to pack, in this order: the first of a class is its default (all)",
    },
    name: { type: "string", value: "<name>", summary: "the model's name, recorded in the file with --license" },
    license: { type: "string", value: "<SPDX>", summary: "the licence of the weights" },
    url: { type: "string", value: "<address>", summary: "where the weights come from" },
  },
  async run(values, [checkpoint = "", file = ""], io) {
    const { calibrate, heads } = values;
    const quantization = readQuantization(values.quantization);
    const origin = readOrigin(values);
    const lines = readCount("calibrate-lines", values["calibrate-lines"]);
    if (calibrate !== undefined && quantization === "f32") throw new UsageError("--calibrate is for int8 and int4");
    const texts = await calibrationTexts(calibrate, lines);
    io.progress(`reading ${checkpoint}`);
    const source = await openSource(checkpoint);
    const options = { ...(heads !== undefined && { heads: heads.split(",") }), ...(origin && { origin }) };
    const exact = await packCheckpoint(source, { ...options, quantization: "f32" });
    const readsText = readSafetensors(exact).metadata.tokenizer !== undefined;
    const packed =
      quantization === "f32"
        ? exact
        : await quantise(source, { ...options, quantization }, readsText ? texts : undefined, io);
    await writeWhole(file, packed);
    io.progress("");
    if (!readsText) io.err(`warning: ${checkpoint} has no vocabulary, so the model takes token ids only, and no text`);
    await describe(file, packed, quantization, io.out);
    if (quantization !== "f32" && readsText) await tellAgreement(exact, packed, io);
  },
});

// Texts of the sample that are kept back to measure on.
const KEPT_BACK = 16;

/** Undefined for plain rounding. */
async function calibrationTexts(given: string | undefined, count: number): Promise<readonly string[] | undefined> {
  if (given === "none") return undefined;
  return given === undefined ? spread(SAMPLE.slice(KEPT_BACK), count) : readTexts(given, count);
}

function quantise(
  source: ModelSource,
  options: PackOptions,
  texts: readonly string[] | undefined,
  io: Io,
): Promise<Uint8Array<ArrayBuffer>> {
  io.progress(texts ? `calibrating on ${texts.length} texts, and rounding` : "rounding");
  return packCheckpoint(source, { ...options, ...(texts && { calibration: calibrator(texts) }) });
}

// A model whose vectors agree less than this answers noticeably otherwise.
const GOOD_AGREEMENT = 0.98;

/** What quantising cost, with a warning where it was much. */
async function tellAgreement(exact: Uint8Array, packed: Uint8Array, io: Io): Promise<void> {
  const { mean, lowest, worst } = await measureAgreement(exact, packed, SAMPLE.slice(0, KEPT_BACK));
  io.out(
    `agreement with f32 on ${KEPT_BACK} texts that were kept back: cosine ${mean.toFixed(4)}, lowest ${lowest.toFixed(4)}; most is lost in layer ${worst.layer} (${worst.cosine.toFixed(4)})`,
  );
  if (mean < GOOD_AGREEMENT)
    io.err(
      "warning: the vectors are far from those in f32; calibrate on texts like yours (--calibrate), or use int8 or f32",
    );
}

/** What was written, and the entry of MODELS that serves it from R2 (docs/models.md). */
async function describe(
  file: string,
  packed: Uint8Array<ArrayBuffer>,
  quantization: Quantization,
  out: (line: string) => void,
): Promise<void> {
  const bytes = packed.byteLength;
  const digest = await sha256(packed);
  const name = basename(file, ".safetensors");
  const entry = { from: "r2", binding: "BUCKET", parts: [basename(file)], bytes, sha256: digest };
  out(`${file}: ${bytes} bytes (${(bytes / 2 ** 20).toFixed(1)} MiB), ${quantization}`);
  out(`sha256: ${digest}`);
  out(`MODELS: ${JSON.stringify({ models: { [name]: entry } })}`);
}

function readQuantization(value: string): Quantization {
  const quantization = QUANTIZATIONS.find((known) => known === value);
  if (!quantization) throw new UsageError(`--quantization is ${QUANTIZATIONS.join(", ")}, and not ${value}`);
  return quantization;
}

function readCount(option: string, value: string): number {
  const count = Number(value);
  if (!(Number.isInteger(count) && count > 0)) throw new UsageError(`--${option} is a whole number from 1 on`);
  return count;
}

function readOrigin({ name, license, url }: Readonly<Record<"name" | "license" | "url", string | undefined>>) {
  if ((name === undefined) !== (license === undefined)) throw new UsageError("--name and --license go together");
  if (name === undefined || license === undefined) {
    if (url !== undefined) throw new UsageError("--url needs --name and --license");
    return undefined;
  }
  return { name, license, ...(url !== undefined && { url }) };
}
