// BertConfig: a config.json, completed with the reference's defaults and checked.
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import { describeIssue } from "../schemas.ts";
import { type HiddenActivation, REFERENCE_ACTIVATIONS } from "./activations.ts";
import { bertConfigSchema, type MODEL_TYPES, type PROBLEM_TYPES } from "./bert.ts";
import { toBertNames, toFamilyNames } from "./config-names.ts";

export type ProblemType = (typeof PROBLEM_TYPES)[number];

type Settings = v.InferOutput<typeof bertConfigSchema>;

/**
 * The shape of a model of BERT's family, under BERT's names of config.json.
 *
 * @example
 * const config = BertConfig.fromJSON({ hidden_size: 384, num_hidden_layers: 6, intermediate_size: 1536 });
 * config.headSize; // 32
 */
export class BertConfig {
  // `declare`: a field that is only declared is code, and every Worker carries it.
  declare readonly model_type: (typeof MODEL_TYPES)[number];
  declare readonly architectures: readonly string[];
  /** V: word pieces in the vocabulary. */
  declare readonly vocab_size: number;
  /** H: width of the hidden states. */
  declare readonly hidden_size: number;
  declare readonly num_hidden_layers: number;
  /** A: attention heads; they divide H. */
  declare readonly num_attention_heads: number;
  /** F: width of the feed-forward layer. */
  declare readonly intermediate_size: number;
  declare readonly hidden_act: HiddenActivation;
  declare readonly layer_norm_eps: number;
  /** The longest row of tokens. */
  declare readonly max_position_embeddings: number;
  declare readonly type_vocab_size: number;
  declare readonly pad_token_id: number;
  declare readonly is_decoder: boolean;
  /** Whether the layers of a decoder attend to an encoded text, too. */
  declare readonly add_cross_attention: boolean;
  declare readonly tie_word_embeddings: boolean;
  declare readonly position_embedding_type: "absolute" | "relative_key" | "relative_key_query";
  declare readonly problem_type: ProblemType | null;
  /** Labels by index; `LABEL_0`, `LABEL_1`, … if config.json names none. As in the reference, id2label counts and not num_labels. */
  declare readonly id2label: readonly string[];
  readonly #settings: Settings;

  protected constructor(settings: Settings) {
    this.#settings = settings;
    this.model_type = settings.model_type;
    this.architectures = settings.architectures ?? [];
    this.vocab_size = settings.vocab_size;
    this.hidden_size = settings.hidden_size;
    this.num_hidden_layers = settings.num_hidden_layers;
    this.num_attention_heads = settings.num_attention_heads;
    this.intermediate_size = settings.intermediate_size;
    this.hidden_act = REFERENCE_ACTIVATIONS[settings.hidden_act];
    this.layer_norm_eps = settings.layer_norm_eps;
    this.max_position_embeddings = settings.max_position_embeddings;
    this.type_vocab_size = settings.type_vocab_size;
    this.pad_token_id = settings.pad_token_id ?? 0;
    this.is_decoder = settings.is_decoder;
    this.add_cross_attention = settings.add_cross_attention;
    this.tie_word_embeddings = settings.tie_word_embeddings;
    this.position_embedding_type = settings.position_embedding_type ?? "absolute";
    this.problem_type = settings.problem_type ?? null;
    this.id2label = labels(settings);
  }

  /**
   * Reads what a config.json holds.
   * @throws BertletError `invalid_config` that names every key that is wrong and why
   */
  static fromJSON(json: unknown): BertConfig {
    if (Array.isArray(json)) throw new BertletError("invalid_config", "a config is an object, not an array");
    const parsed = v.safeParse(bertConfigSchema, toBertNames(json));
    if (!parsed.success) throw new BertletError("invalid_config", parsed.issues.map(describeIssue).join("; "));
    check(parsed.output);
    return new BertConfig(parsed.output);
  }

  /** D: width of one attention head. */
  get headSize(): number {
    return this.hidden_size / this.num_attention_heads;
  }

  /** E: width of the embeddings, H where config.json does not say. */
  get embeddingSize(): number {
    return this.#settings.embedding_size ?? this.hidden_size;
  }

  get num_labels(): number {
    return this.id2label.length;
  }

  get label2id(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.id2label.map((label, id) => [label, id]));
  }

  /** A key as config.json had it, also one that BERT does not know. */
  get(key: string): unknown {
    return Object.hasOwn(this.#settings, key) ? this.#settings[key] : undefined;
  }

  /** What config.json holds: every key that was read, completed with the defaults. */
  toJSON(): Record<string, unknown> {
    const id2label = Object.fromEntries(this.id2label.map((label, id) => [String(id), label]));
    const { num_labels: _derived, ...settings } = this.#settings;
    return toFamilyNames({ ...settings, id2label, label2id: this.label2id });
  }
}

function labels(settings: Settings): string[] {
  const named = settings.id2label;
  const count = named ? Object.keys(named).length : (settings.num_labels ?? 2);
  return Array.from({ length: count }, (_, id) => String(named?.[id] ?? `LABEL_${id}`));
}

function check(settings: Settings): void {
  const { hidden_size, num_attention_heads, id2label, model_type, position_embedding_type } = settings;
  const problems: string[] = [];
  if (hidden_size % num_attention_heads !== 0) {
    problems.push(`hidden_size ${hidden_size} is not divisible by num_attention_heads ${num_attention_heads}`);
  }
  if (position_embedding_type && position_embedding_type !== "absolute" && model_type !== "bert") {
    problems.push(
      `position_embedding_type "${position_embedding_type}" is supported for bert alone, not for ${model_type}`,
    );
  }
  if (settings.add_cross_attention && !(settings.is_decoder && model_type === "bert")) {
    problems.push("add_cross_attention is supported for bert with is_decoder alone");
  }
  if (id2label) problems.push(...labelProblems(id2label));
  if (problems.length > 0) throw new BertletError("invalid_config", problems.join("; "));
}

/** Labels may be numbers in config.json. */
function labelProblems(id2label: Readonly<Record<string, unknown>>): string[] {
  const entries = Object.entries(id2label);
  if (entries.length === 0) return ["id2label is empty"];
  const problems = entries.flatMap(([id, label]) => {
    if (!/^(0|[1-9]\d*)$/.test(id)) return [`id2label.${id}: expected a number as key`];
    return typeof label === "object" ? [`id2label.${id}: expected a text or a number`] : [];
  });
  if (entries.some(([id]) => Number(id) >= entries.length))
    problems.push(`id2label is not numbered from 0 to ${entries.length - 1}`);
  return problems;
}
