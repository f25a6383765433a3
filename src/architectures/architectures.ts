// The families that are known, and what follows from a config by its family's data file. A family is added by its file and a row here.
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import { ALBERT } from "./albert.ts";
import type { Architecture } from "./architecture.ts";
import { BERT } from "./bert.ts";
import type { BertConfig } from "./config.ts";
import { DISTILBERT } from "./distilbert.ts";
import { ELECTRA } from "./electra.ts";
import { type EncoderSpec, tableLimit } from "./encoder-spec.ts";
import { type HeadSettings, type HeadSpec, headKind, headSettingsSchema } from "./head-spec.ts";
import { MPNET } from "./mpnet.ts";
import { CAMEMBERT, ROBERTA, XLM_ROBERTA } from "./roberta.ts";

/** By `model_type` of config.json. */
const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map(
  [BERT, DISTILBERT, ROBERTA, XLM_ROBERTA, CAMEMBERT, ALBERT, ELECTRA, MPNET].map((family) => [
    family.modelType,
    family,
  ]),
);

/** The family of a config, which has checked its `model_type`. */
export function architectureOf(config: BertConfig): Architecture {
  return ARCHITECTURES.get(config.model_type)!;
}

/**
 * The encoder of a config.
 *
 * @example
 * encoderSpec(BertConfig.preset("base")).layers.count; // 12
 */
export function encoderSpec(config: BertConfig): EncoderSpec {
  return architectureOf(config).encoder(config);
}

/** The most tokens of a row: the positions that the encoder's table has for them. */
export function longestRow(config: BertConfig): number {
  return tableLimit(encoderSpec(config), "positions");
}

/**
 * A head of the named class; its labels and problem type are those of `config`. Undefined for a class that is not known.
 *
 * @example
 * headSpec("BertForNextSentencePrediction", config)?.name; // "next-sentence-prediction"
 */
export function headSpec(architecture: string, config: BertConfig, name?: string): HeadSpec | undefined {
  const { classes } = architectureOf(config);
  const kind = headKind(architecture);
  if (!Object.hasOwn(classes, architecture) || !kind) return undefined;
  const { task, labelled, outputs } = classes[architecture]!;
  return {
    name: name ?? task,
    architecture,
    kind,
    task,
    labels: labelled ? [...config.id2label] : [],
    problem_type: config.problem_type,
    outputs: outputs(config),
    ...headSettings(config),
  };
}

/** The settings of answers that a head's config.json may hold beside the reference's keys. */
function headSettings(config: BertConfig): HeadSettings {
  const keys = Object.keys(headSettingsSchema.entries);
  const values = keys.map((key) => [key, config.get(key)] as const).filter(([, value]) => value !== undefined);
  const parsed = v.safeParse(headSettingsSchema, Object.fromEntries(values));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new BertletError("invalid_config", `${v.getDotPath(issue)}: ${issue.message}`);
}

/** The class by PyTorch's name: the other frameworks' have a prefix, and some a name of their own. */
export function pytorchClass(name: string, { aliases }: Architecture): string {
  const plain = name.replace(/^(TF|Flax)/, "");
  return Object.hasOwn(aliases, plain) ? aliases[plain]! : plain;
}
