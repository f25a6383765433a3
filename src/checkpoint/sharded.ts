// A checkpoint in several files: an index names the file of each tensor. Each file is read once, and only tensors of the index are taken.
import * as v from "valibot";
import type { TensorNames } from "../architectures/architecture.ts";
import { BertletError } from "../errors.ts";
import type { TensorView } from "../safetensors.ts";
import { mapOf } from "../schemas.ts";
import { type ModelSource, readJson, readRequired } from "../source/source.ts";
import type { CheckpointFormat } from "./formats.ts";

// A file beside the index, and no path.
const fileName = v.pipe(v.string(), v.regex(/^[\w.-]+$/));
const indexSchema = v.object({ weight_map: mapOf(v.string(), fileName) });

/**
 * @throws BertletError `not_found` for missing files, `invalid_checkpoint` that names every tensor that is not where the index says
 * @example
 * const tensors = await readSharded(source, "model.safetensors.index.json", SAFETENSORS, BERT.names);
 */
export async function readSharded(
  source: ModelSource,
  index: string,
  format: CheckpointFormat,
  family: TensorNames,
): Promise<Map<string, TensorView>> {
  const parsed = v.safeParse(indexSchema, await readJson(source, index));
  if (!parsed.success) throw new BertletError("invalid_checkpoint", `${index}: ${parsed.issues[0].message}`);
  const tensors = new Map<string, TensorView>();
  const missing: string[] = [];
  for (const [file, names] of byFile(parsed.output.weight_map)) {
    const shard = await format.read(await readRequired(source, file), family);
    // Frameworks name differently from their own files: an index of theirs lists names that a reader has already translated.
    const wanted = format.framework === "pytorch" ? names : [...shard.keys()];
    for (const name of wanted) {
      const tensor = shard.get(name);
      if (tensor) tensors.set(name, tensor);
      else missing.push(`${name} is not in ${file}`);
    }
  }
  if (missing.length > 0) throw new BertletError("invalid_checkpoint", `${index}: ${missing.join("; ")}`);
  return tensors;
}

function byFile(weightMap: ReadonlyMap<string, string>): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const [tensor, file] of weightMap) files.set(file, [...(files.get(file) ?? []), tensor]);
  return files;
}
