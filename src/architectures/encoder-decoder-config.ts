// config.json of an EncoderDecoderModel: the configurations of two BERTs, and the tokens that a decoder begins and ends with.
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import { describeIssue } from "../schemas.ts";
import { BertConfig } from "./config.ts";

const natural = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Token ids that the pair's own configuration holds; they are the decoder's where that has none. */
const tokens = {
  decoder_start_token_id: v.nullish(natural),
  bos_token_id: v.nullish(natural),
  eos_token_id: v.nullish(v.union([natural, v.array(natural)])),
  pad_token_id: v.nullish(natural),
};
const TOKENS = Object.keys(tokens) as (keyof typeof tokens)[];

const schema = v.looseObject({
  model_type: v.literal("encoder-decoder"),
  encoder: v.looseObject({ model_type: v.string() }),
  decoder: v.looseObject({ model_type: v.string() }),
  tie_encoder_decoder: v.nullish(v.boolean()),
  ...tokens,
});

/**
 * The shape of an encoder and of the decoder behind it.
 *
 * @example
 * const config = EncoderDecoderConfig.fromJSON({ model_type: "encoder-decoder", encoder, decoder, decoder_start_token_id: 101 });
 * config.decoderStartTokenId; // 101
 */
export class EncoderDecoderConfig {
  readonly encoder: BertConfig;
  /** With the tokens of the pair's configuration. */
  readonly decoder: BertConfig;

  /** @throws BertletError `invalid_config` or `unsupported` for two configurations that do not fit each other */
  constructor(encoder: BertConfig, decoder: BertConfig) {
    this.encoder = encoder;
    this.decoder = decoder;
    check(encoder, decoder);
  }

  /**
   * Reads what a config.json holds.
   * @throws BertletError `invalid_config` that says which key is wrong, `unsupported` for other families than BERT, tied weights, or states of
   * different widths
   */
  static fromJSON(json: unknown): EncoderDecoderConfig {
    const parsed = v.safeParse(schema, json);
    if (!parsed.success) throw new BertletError("invalid_config", parsed.issues.map(describeIssue).join("; "));
    const { encoder, decoder, tie_encoder_decoder } = parsed.output;
    // Before they are read, because other families are not known here.
    checkFamilies(encoder, decoder);
    if (tie_encoder_decoder) throw unsupported("tie_encoder_decoder: an encoder and a decoder share no weights");
    const own = TOKENS.filter((name) => parsed.output[name] != null).map((name) => [name, parsed.output[name]]);
    return new EncoderDecoderConfig(
      BertConfig.fromJSON(encoder),
      BertConfig.fromJSON({ ...decoder, ...Object.fromEntries(own) }),
    );
  }

  /** The token that a decoder's row begins with; undefined where the configuration has none. */
  get decoderStartTokenId(): number | undefined {
    const start = this.decoder.get("decoder_start_token_id") ?? this.decoder.get("bos_token_id");
    return typeof start === "number" ? start : undefined;
  }

  /** The tokens by their names in config.json. */
  get tokens(): Record<string, unknown> {
    const present = TOKENS.map((name) => [name, this.decoder.get(name)] as const).filter(([, value]) => value != null);
    return Object.fromEntries(present);
  }

  /** What config.json holds. */
  toJSON(): Record<string, unknown> {
    return {
      model_type: "encoder-decoder",
      architectures: ["EncoderDecoderModel"],
      is_encoder_decoder: true,
      ...this.tokens,
      encoder: this.encoder.toJSON(),
      decoder: this.decoder.toJSON(),
    };
  }
}

function checkFamilies(...parts: readonly { readonly model_type: string }[]): void {
  const other = parts.find(({ model_type }) => model_type !== "bert");
  if (other) throw unsupported(`an EncoderDecoderModel is one of two BERTs, and one of these is ${other.model_type}`);
}

function check(encoder: BertConfig, decoder: BertConfig): void {
  checkFamilies(encoder, decoder);
  if (encoder.is_decoder) throw invalid("the encoder has is_decoder");
  if (!decoder.is_decoder || !decoder.add_cross_attention)
    throw invalid("the decoder needs is_decoder and add_cross_attention");
  if (encoder.hidden_size !== decoder.hidden_size)
    throw unsupported(
      `the encoder's hidden_size is ${encoder.hidden_size}, the decoder's ${decoder.hidden_size}: a projection between them is not supported`,
    );
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_config", message);
}

function unsupported(message: string): BertletError {
  return new BertletError("unsupported", message);
}
