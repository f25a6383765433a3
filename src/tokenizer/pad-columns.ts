// `pad`: rows that were encoded before, made equally long.
import { BertletError } from "../errors.ts";
import { checkOptions, type OptionTable } from "../options.ts";
import { LENGTH, PADDING_OPTIONS, type PaddingOptions } from "./encode-options.ts";
import type { PaddingToken } from "./encoding.ts";
import { paddedLength } from "./padding.ts";
import type { Side } from "./truncation.ts";

/** One encoded row: `input_ids` and any other columns. */
export type PaddableRow = { readonly input_ids: readonly number[] } & Readonly<Record<string, unknown>>;

/** Many rows, each column row by row. */
export type PaddableBatch = { readonly input_ids: readonly (readonly number[])[] } & Readonly<Record<string, unknown>>;

export interface PadOptions extends PaddingOptions {
  /** The length for padding "max_length"; the model's maximum by default. */
  maxLength?: number | undefined;
}

const PAD_OPTIONS: OptionTable<PadOptions> = { ...PADDING_OPTIONS, maxLength: LENGTH };

/** What `pad` knows of a tokenizer. */
export interface PaddingDefaults extends PaddingToken {
  readonly modelMaxLength: number;
  readonly side: Side;
}

/**
 * Pads every column of tokens: the ids, and those of the other columns that {@link Encoding} has. An attention mask is made if there is none.
 * Other columns, such as labels, stay as they are.
 */
export function padBatch(batch: PaddableBatch, options: PadOptions, defaults: PaddingDefaults): PaddableBatch {
  checkOptions(options, PAD_OPTIONS);
  const { padding = true, paddingSide: side = defaults.side, ...others } = options;
  const lengths = batch.input_ids.map(({ length }) => length);
  const target = paddedLength({ ...others, padding }, defaults.modelMaxLength)(lengths);
  const attention_mask = batch.attention_mask ?? lengths.map((length) => new Array<number>(length).fill(1));
  const fillings = fillingsOf(defaults);
  const columns = Object.entries({ ...batch, attention_mask }).map(([name, column]) => {
    const filling = fillings.get(name);
    if (!filling) return [name, column];
    if (!Array.isArray(column) || column.length !== lengths.length)
      throw new BertletError("invalid_input", `${name} does not have ${lengths.length} rows`);
    return [name, column.map((row: readonly unknown[]) => padded(row, target, side, filling))];
  });
  return Object.fromEntries(columns);
}

/** What padding is made of, by column. */
function fillingsOf({ id, token }: PaddingToken): ReadonlyMap<string, () => unknown> {
  return new Map<string, () => unknown>([
    ["input_ids", () => id],
    ["token_type_ids", () => 0],
    ["attention_mask", () => 0],
    ["special_tokens_mask", () => 1],
    ["tokens", () => token],
    ["sequence_ids", () => null],
    ["word_ids", () => null],
    ["offset_mapping", () => [0, 0]],
  ]);
}

function padded(row: readonly unknown[], length: number, side: Side, filling: () => unknown): unknown[] {
  const values = Array.from({ length: Math.max(length - row.length, 0) }, filling);
  return side === "right" ? [...row, ...values] : [...values, ...row];
}

/** Rows as columns. @throws BertletError `invalid_input` for rows with different columns */
export function toColumns(rows: readonly PaddableRow[]): PaddableBatch {
  const names = Object.keys(rows[0] ?? { input_ids: [] });
  for (const [index, row] of rows.entries()) {
    if (Object.keys(row).toSorted().join() !== names.toSorted().join())
      throw new BertletError("invalid_input", `row ${index} does not have the columns ${names.join(", ")}`);
  }
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])) as PaddableBatch;
}

export function isRows(input: readonly PaddableRow[] | PaddableBatch | PaddableRow): input is readonly PaddableRow[] {
  return Array.isArray(input);
}

export function isBatch(input: PaddableBatch | PaddableRow): input is PaddableBatch {
  return input.input_ids.length === 0 || Array.isArray(input.input_ids[0]);
}
