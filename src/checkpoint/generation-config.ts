// generation_config.json of a folder.
import * as v from "valibot";
import { type GenerationSettings, generationSettingsSchema } from "../architectures/generation-settings.ts";
import { BertletError } from "../errors.ts";
import { type ModelSource, readJson } from "../source/source.ts";

const KNOWN = Object.keys(generationSettingsSchema.entries);

/** Keys that choose no token, or say what the model's own files say. */
const WITHOUT_EFFECT = [
  ...[
    "_from_model_config",
    "transformers_version",
    "pad_token_id",
    "bos_token_id",
    "decoder_start_token_id",
    "use_cache",
  ],
  ...["output_attentions", "output_hidden_states", "output_scores", "output_logits", "return_dict_in_generate"],
];

/** What is not supported, with the values that ask for nothing. */
const NEUTRAL: Readonly<Record<string, unknown>> = {
  typical_p: 1,
  epsilon_cutoff: 0,
  eta_cutoff: 0,
  diversity_penalty: 0,
  num_beam_groups: 1,
  encoder_no_repeat_ngram_size: 0,
  encoder_repetition_penalty: 1,
  renormalize_logits: false,
  remove_invalid_values: false,
};

/**
 * Undefined for a folder without the file, or one that sets nothing.
 * @throws BertletError `unsupported` for a setting that would be ignored, `invalid_config` for a value that makes no sense
 */
export async function readGenerationSettings(files: ModelSource): Promise<GenerationSettings | undefined> {
  const json = await readJson(files, FILE);
  return json === undefined ? undefined : generationSettings(json);
}

/**
 * The settings of generation in a config.json, where models had them before there was a file of their own. Its other keys are not generation's.
 * @throws BertletError as {@link readGenerationSettings}
 */
export function settingsOfConfig(config: Readonly<Record<string, unknown>>): GenerationSettings | undefined {
  const names = [...KNOWN, ...Object.keys(NEUTRAL)];
  return generationSettings(Object.fromEntries(Object.entries(config).filter(([key]) => names.includes(key))));
}

function generationSettings(json: unknown): GenerationSettings | undefined {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw invalid("it must hold an object");
  const set = Object.entries(json).filter(
    ([key, value]) => value !== null && !WITHOUT_EFFECT.includes(key) && NEUTRAL[key] !== value,
  );
  const unknown = set.find(([key]) => !KNOWN.includes(key));
  if (unknown)
    throw new BertletError("unsupported", `${FILE}: ${unknown[0]} is not supported; ${KNOWN.join(", ")} are`);
  const parsed = v.safeParse(generationSettingsSchema, Object.fromEntries(set));
  if (!parsed.success) throw invalid(`${v.getDotPath(parsed.issues[0])}: ${parsed.issues[0].message}`);
  return set.length > 0 ? parsed.output : undefined;
}

const FILE = "generation_config.json";

function invalid(message: string): BertletError {
  return new BertletError("invalid_config", `${FILE}: ${message}`);
}
