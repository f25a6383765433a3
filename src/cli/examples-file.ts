// The format of a file of labelled examples, by its name.
import { extname } from "node:path";
import { EXAMPLE_FORMATS, type ExampleFormat } from "../train/read-examples.ts";
import { UsageError } from "./command.ts";

/** @throws UsageError for a name that says nothing */
export function formatOf(path: string): ExampleFormat {
  const format = EXAMPLE_FORMATS.find((known) => extname(path).toLowerCase() === `.${known}`);
  if (format) return format;
  throw new UsageError(`${path} must end in .${EXAMPLE_FORMATS.join(", .")}`);
}
