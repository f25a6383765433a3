// Configurations of other families in BERT's terms: keys that have other names there, and other defaults. Both follow the reference's
// configuration classes.

interface ConfigNames {
  /** The family's own name of a key → BERT's. */
  readonly keys: Readonly<Record<string, string>>;
  /** Where they differ from BERT's. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

const ROBERTA: ConfigNames = { keys: {}, defaults: { pad_token_id: 1 } };

const CONFIG_NAMES: Readonly<Record<string, ConfigNames>> = {
  distilbert: {
    keys: {
      dim: "hidden_size",
      hidden_dim: "intermediate_size",
      n_heads: "num_attention_heads",
      n_layers: "num_hidden_layers",
      activation: "hidden_act",
      dropout: "hidden_dropout_prob",
      attention_dropout: "attention_probs_dropout_prob",
    },
    defaults: { num_hidden_layers: 6 },
  },
  roberta: { ...ROBERTA, defaults: { ...ROBERTA.defaults, vocab_size: 50265 } },
  "xlm-roberta": ROBERTA,
  camembert: ROBERTA,
  albert: {
    keys: { classifier_dropout_prob: "classifier_dropout" },
    defaults: {
      vocab_size: 30000,
      embedding_size: 128,
      hidden_size: 4096,
      num_attention_heads: 64,
      intermediate_size: 16384,
      hidden_act: "gelu_new",
      hidden_dropout_prob: 0,
      attention_probs_dropout_prob: 0,
      num_hidden_groups: 1,
      inner_group_num: 1,
    },
  },
  electra: {
    keys: {},
    defaults: { embedding_size: 128, hidden_size: 256, num_attention_heads: 4, intermediate_size: 1024 },
  },
  mpnet: { keys: {}, defaults: { vocab_size: 30527, pad_token_id: 1, relative_attention_num_buckets: 32 } },
};

/** What a config.json holds, in BERT's terms. */
export function toBertNames(json: unknown): unknown {
  const names = namesOf(json);
  if (!names) return json;
  const renamed = Object.entries(json as object).map(([key, value]) => [
    Object.hasOwn(names.keys, key) ? names.keys[key]! : key,
    value,
  ]);
  return { ...names.defaults, ...Object.fromEntries(renamed) };
}

/** The same in the family's own terms. */
export function toFamilyNames(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const own = new Map(Object.entries(namesOf(settings)?.keys ?? {}).map(([key, name]) => [name, key]));
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [own.get(key) ?? key, value]));
}

function namesOf(json: unknown): ConfigNames | undefined {
  if (typeof json !== "object" || json === null || !("model_type" in json)) return undefined;
  const { model_type: type } = json;
  return typeof type === "string" && Object.hasOwn(CONFIG_NAMES, type) ? CONFIG_NAMES[type] : undefined;
}
