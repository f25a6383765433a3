// Runs calibration texts through an unquantised model and sums XᵀX over the inputs X of its matrices, for packCheckpoint.

import { longestRow } from "../architectures/architectures.ts";
import { BertletError } from "../errors.ts";
import type { InputObserver } from "../model-file/pack-checkpoint.ts";
import { addRows } from "../quantize/gram.ts";
import { Tensor } from "../tensor.ts";
import { unpackTokenizer } from "../tokenizer/tokenizer.ts";
import { KernelSession } from "./kernel/session.ts";

// Long texts are truncated: more texts say more than longer ones.
const MAX_LENGTH = 128;

/**
 * Calibrates on `texts` like those to come; some 50 paragraphs, 5,000 tokens, are enough. No text is kept.
 * @throws BertletError `invalid_input` if there are no texts; when it runs, `not_found` for a model without a tokenizer
 * @example
 * const calibration = calibrator(["Tokyo is the capital of Japan.", "How do I change my PIN?"]);
 * const file = await packCheckpoint(await openSource("my-checkpoint"), { quantization: "int8", calibration });
 */
export function calibrator(texts: readonly string[]): InputObserver {
  if (texts.length === 0) throw new BertletError("invalid_input", "there are no texts to calibrate on");
  return async (model) => {
    // Relaxed SIMD may round differently on another processor, and the packed file would differ with it.
    const session = await KernelSession.create(model, { build: "baseline" });
    const { header, tokenizerTables } = session.model;
    const tokenizer = unpackTokenizer(header.tokenizer, tokenizerTables);
    if (!tokenizer) throw new BertletError("not_found", "a model without a tokenizer cannot be calibrated on texts");
    const grams = new Map<string, Float64Array>();
    session.observeInputs((name, x, M, K) => {
      const gram = grams.get(name) ?? new Float64Array(K * K);
      grams.set(name, gram);
      addRows(gram, x, M, K);
    });
    const maxLength = Math.min(MAX_LENGTH, longestRow(header.config));
    for (const text of texts) {
      const { input_ids } = tokenizer.encodeBatch([text], { maxLength });
      await session.run({ input_ids: new Tensor("int32", input_ids, [1, input_ids.length]) }, ["last_hidden_state"]);
    }
    await session.release();
    return grams;
  };
}
