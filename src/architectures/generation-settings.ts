// How a model's author wants tokens to be chosen when a caller does not say. The names are those of the reference's generation_config.json.
import * as v from "valibot";

const natural = v.pipe(v.number(), v.integer(), v.minValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const ids = v.array(natural);

const settings = {
  max_new_tokens: natural,
  max_length: natural,
  min_new_tokens: natural,
  min_length: natural,
  eos_token_id: v.union([natural, ids]),
  repetition_penalty: v.pipe(v.number(), v.gtValue(0)),
  no_repeat_ngram_size: natural,
  bad_words_ids: v.array(ids),
  suppress_tokens: ids,
  begin_suppress_tokens: ids,
  do_sample: v.boolean(),
  num_return_sequences: count,
  temperature: v.pipe(v.number(), v.gtValue(0)),
  top_k: natural,
  top_p: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
  min_p: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  num_beams: count,
  length_penalty: v.number(),
  early_stopping: v.union([v.boolean(), v.literal("never")]),
};

export const generationSettingsSchema = v.partial(v.strictObject(settings));
export type GenerationSettings = v.InferOutput<typeof generationSettingsSchema>;
