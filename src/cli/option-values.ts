// Values of options that several commands have.
import { FORMAT_NAMES } from "../data/formats.ts";
import { UsageError } from "./command.ts";

export function readFormat(value: string | undefined): string | undefined {
  if (value === undefined || FORMAT_NAMES.includes(value)) return value;
  throw new UsageError(`--format is one of ${FORMAT_NAMES.join(", ")}, and not ${value}`);
}

export function readNumber(option: string, value: string): number {
  const number = Number(value);
  if (value.trim() === "" || Number.isNaN(number)) throw new UsageError(`--${option} takes a number, and not ${value}`);
  return number;
}
