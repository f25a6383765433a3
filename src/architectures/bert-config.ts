// The library's BertConfig: the class of config.ts, which every Worker bundles, with what Workers do not need: reading folders, and published shapes.
import { BertletError } from "../errors.ts";
import { type ModelSourceLike, openSource, readJson } from "../source/source.ts";
import { BERT_PRESETS } from "./bert.ts";
import { BertConfig as BundledConfig } from "./config.ts";

/** A published shape. */
export type Preset = keyof typeof BERT_PRESETS;

/**
 * The shape of a model of BERT's family, under BERT's names of config.json.
 *
 * @example
 * const config = await BertConfig.fromPretrained("google-bert/bert-base-uncased");
 * config.headSize; // 64
 */
export class BertConfig extends BundledConfig {
  /** The configs of loaded models are instances, too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof BundledConfig;
  }

  /**
   * Reads `config.json` of a folder or another source.
   * @throws BertletError `not_found` where there is none, `invalid_config`
   */
  static async fromPretrained(source: ModelSourceLike): Promise<BertConfig> {
    const json = await readJson(await openSource(source), "config.json");
    if (json === undefined) throw new BertletError("not_found", "config.json is missing");
    return BertConfig.fromJSON(json);
  }

  /**
   * A published shape, with settings of one's own on top.
   * @throws BertletError `invalid_config` for an unknown shape, and for settings that are wrong
   */
  static preset(name: Preset, settings: Record<string, unknown> = {}): BertConfig {
    if (!Object.hasOwn(BERT_PRESETS, name)) {
      const known = Object.keys(BERT_PRESETS).join(", ");
      throw new BertletError("invalid_config", `there is no preset ${name}; there are ${known}`);
    }
    return BertConfig.fromJSON({ ...BERT_PRESETS[name], ...settings });
  }
}
