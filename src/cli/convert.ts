// bertlet convert <folder> <file>: packs a checkpoint's folder into one file. The file appears whole or not at all.
import { rename, rm, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { packCheckpoint } from "../model-file/pack-checkpoint.ts";
import { QUANTIZATIONS, type Quantization } from "../model-file/packed.ts";
import { openSource } from "../source/source.ts";
import { calibrator } from "../wasm/calibrator.ts";
import { readTexts } from "./calibration-texts.ts";
import { UsageError } from "./usage.ts";

export const usage = `bertlet convert <folder> <file> [options]
  packs a checkpoint's folder into one file
  --quantization f32|int8|int4   how matrices are held (int8)
  --calibrate texts.txt     texts like those to come, one a line, plain or .gz: rounding is fitted to them
  --calibrate-lines 64      how many of the lines, spread evenly
  --heads a,b,c             which of several heads, in this order: the first of a class is its default (all)
  --name, --license, --url  where the weights come from, recorded in the file`;

export async function convert(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args);
  const [folder, file, ...rest] = positionals;
  if (!folder || !file || rest.length > 0) throw new UsageError(usage);
  const { quantization, heads, name, license, url } = values;
  if (!isQuantization(quantization)) throw new UsageError(usage);
  if ((name === undefined) !== (license === undefined)) throw new UsageError("--name and --license go together");
  if (url !== undefined && name === undefined) throw new UsageError("--url needs --name and --license");
  const lines = Number(values["calibrate-lines"]);
  if (!(Number.isInteger(lines) && lines > 0)) throw new UsageError("--calibrate-lines is a whole number from 1 on");
  const { calibrate } = values;
  if (calibrate !== undefined && quantization === "f32") throw new UsageError("--calibrate is for int8 and int4");
  const packed = await packCheckpoint(await openSource(folder), {
    quantization,
    ...(calibrate !== undefined && { calibration: calibrator(await readTexts(calibrate, lines)) }),
    ...(heads !== undefined && { heads: heads.split(",") }),
    ...(name !== undefined &&
      license !== undefined && { origin: { name, license, ...(url !== undefined && { url }) } }),
  });
  await writeWhole(file, packed);
  console.log(`${file}: ${(packed.byteLength / 1e6).toFixed(1)} MB, ${quantization}`);
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const options = {
    quantization: { ...text, default: "int8" },
    calibrate: text,
    "calibrate-lines": { ...text, default: "64" },
    heads: text,
    name: text,
    license: text,
    url: text,
  };
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (cause) {
    throw new UsageError(usage, { cause });
  }
}

function isQuantization(value: string): value is Quantization {
  return (QUANTIZATIONS as readonly string[]).includes(value);
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await writeFile(partial, bytes);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
