// To what length rows are padded.
import { BertletError } from "../errors.ts";
import { type AssembleOptions, type PaddingOptions, truncationStrategy } from "./encode-options.ts";

/**
 * The length that rows are padded to, from their own lengths; 0 for no padding.
 *
 * @throws BertletError `invalid_input` for padding that cannot be met
 */
export function paddedLength(
  options: PaddingOptions & AssembleOptions,
  modelMaxLength: number,
): (lengths: readonly number[]) => number {
  const { padding = false, padToMultipleOf: multiple } = options;
  if (padding === false || padding === "do_not_pad") return () => 0;
  const maxLength = options.maxLength ?? modelMaxLength;
  const truncates = truncationStrategy(options) !== "do_not_truncate";
  if (multiple !== undefined && truncates && Number.isFinite(maxLength) && maxLength % multiple !== 0)
    throw new BertletError("invalid_input", `maxLength ${maxLength} is not a multiple of padToMultipleOf ${multiple}`);
  if (padding === "max_length" && !Number.isFinite(maxLength))
    throw new BertletError("invalid_input", 'padding "max_length" needs a maxLength');
  return (lengths) => {
    const length = padding === "max_length" ? maxLength : lengths.reduce((most, each) => Math.max(most, each), 0);
    return Math.ceil(length / (multiple ?? 1)) * (multiple ?? 1);
  };
}
