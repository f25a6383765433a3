// How large an answer about masks will be, before anything is computed: few masks in a short body can make hundreds of megabytes.

import { BertletError } from "../errors.ts";
import { maskedRows } from "../heads/fills.ts";
import { type LoadedModel, tokenizationOf } from "../models/loaded-model.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import { LIMITS } from "./limits.ts";

interface FillLimits {
  readonly topK: number;
  readonly truncation: boolean;
}

/** @throws BertletError `input_too_large`; and BertletError as the heads that fill masks */
export function checkFills(model: LoadedModel, texts: readonly TextInput[], { topK, ...options }: FillLimits): void {
  const { encoding, masks } = maskedRows(tokenizationOf(model).with({}), texts, options);
  const count = masks.flat().length;
  if (count > LIMITS.masks)
    throw new BertletError("input_too_large", `there are ${count} masks, the limit is ${LIMITS.masks}`);
  const filled = masks.reduce((sum, { length }, row) => {
    return sum + topK * length * (encoding.row_starts[row + 1]! - encoding.row_starts[row]!);
  }, 0);
  if (filled > LIMITS.filled_tokens) {
    const message = `the filled texts would have ${filled} tokens, the limit is ${LIMITS.filled_tokens}`;
    throw new BertletError("input_too_large", message);
  }
}
