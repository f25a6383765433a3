// Options that a caller passes: unknown names and values that make no sense are errors that say what would fit. One table per options
// type lists every option with its check, and the compiler holds the table complete.
import { BertletError } from "./errors.ts";

/** Whether a value fits, and what is expected where it does not. */
export interface OptionCheck {
  readonly expected: string;
  fits(value: unknown): boolean;
}

/** A check for every option of T. */
export type OptionTable<T> = { readonly [Name in keyof Required<T>]: OptionCheck };

/**
 * @param what what the keys are called in messages: "option"
 * @throws BertletError `invalid_input` for an unknown option, listing the known ones, or for a value that does not fit
 * @example
 * checkOptions({ top_k: 1 }, { topK: count }); // there is no option top_k; the options are topK
 */
export function checkOptions(options: unknown, table: Readonly<Record<string, OptionCheck>>, what = "option"): void {
  if (typeof options !== "object" || options === null)
    throw invalid(`${what}s must be an object, not ${describe(options)}`);
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!check) throw invalid(`there is no ${what} ${name}; the ${what}s are ${Object.keys(table).join(", ")}`);
    if (value !== undefined) checkValue(value, check, name);
  }
}

/** A value in a message: short, and without what it holds. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}

/** A whole number of at least `least`. */
export const integerFrom = (least: number): OptionCheck => ({
  expected: `a whole number of at least ${least}`,
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= least,
});
export const count = integerFrom(1);
export const natural = integerFrom(0);

/** A finite number that `holds` says is right. */
export const numberThat = (expected: string, holds: (value: number) => boolean): OptionCheck => ({
  expected,
  fits: (value) => typeof value === "number" && Number.isFinite(value) && holds(value),
});
export const anyNumber = numberThat("a number", () => true);

export const oneOf = (...values: readonly (string | boolean)[]): OptionCheck => ({
  expected: values.map((value) => (typeof value === "string" ? `"${value}"` : value)).join(", "),
  fits: (value) => values.includes(value as string | boolean),
});
export const flag = oneOf(true, false);

export const text: OptionCheck = { expected: "a text", fits: (value) => typeof value === "string" };

export const listOf = ({ expected, fits }: OptionCheck): OptionCheck => ({
  expected: `a list, each of it ${expected}`,
  fits: (value) => Array.isArray(value) && value.every(fits),
});

export const either = (one: OptionCheck, other: OptionCheck): OptionCheck => ({
  expected: `${one.expected} or ${other.expected}`,
  fits: (value) => one.fits(value) || other.fits(value),
});

export const nothing: OptionCheck = { expected: "null", fits: (value) => value === null };

/** An option whose value is checked where it is used. */
export const anything: OptionCheck = { expected: "any value", fits: () => true };

/** An object with exactly these keys. */
export const objectOf = (table: Readonly<Record<string, OptionCheck>>): OptionCheck => ({
  expected: `{${Object.keys(table).join(", ")}}`,
  fits: (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).every((key) => Object.hasOwn(table, key)) &&
    Object.entries(table).every(([key, { fits }]) => fits((value as Readonly<Record<string, unknown>>)[key])),
});

/** @throws BertletError `invalid_input` for a value that does not fit */
export function checkValue(value: unknown, { expected, fits }: OptionCheck, what: string): void {
  if (!fits(value)) throw invalid(`${what} must be ${expected}, not ${describe(value)}`);
}

/**
 * The name of an option for one of the reference's settings.
 * @example
 * camelCase("top_k"); // "topK"
 */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
