// What a command is, and how its command line is read. Each command is a file of its own in this folder.
import { parseArgs } from "node:util";

/** A mistake in a command line. Its message is what to print. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Option {
  readonly type: "string" | "boolean";
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly default?: string;
  readonly summary: string;
}

export type OptionTable = Readonly<Record<string, Option>>;

/** The values of options: flags are booleans, others texts, undefined where one is neither given nor has a default. */
export type Values<Options extends OptionTable> = {
  readonly [Name in keyof Options]: Options[Name] extends { type: "boolean" }
    ? boolean
    : Options[Name] extends { default: string }
      ? string
      : string | undefined;
};

/** Where a command's output goes. */
export interface Io {
  out(line: string): void;
  err(line: string): void;
  /** A line that replaces the one before, for a person who waits. Nothing is printed unless standard error is a terminal. */
  progress(line: string): void;
  /** Asks a question; undefined if nobody can answer. */
  readonly prompt?: Prompt | undefined;
}

/** Resolves to what was typed, without the line break. */
export type Prompt = (question: string) => Promise<string>;

export interface Command<Options extends OptionTable = OptionTable> {
  readonly name: string;
  readonly summary: string;
  /** The names of the arguments, of which all are needed; one that ends in `?` may be left out, and one in `...` repeated. */
  readonly positionals: readonly string[];
  readonly options: Options;
  /** @throws UsageError for options that do not go together, BertletError for everything else */
  run(values: Values<Options>, positionals: readonly string[], io: Io): Promise<void>;
}

/** Infers the types of a command's options. */
export function defineCommand<const Options extends OptionTable>(command: Command<Options>): Command<Options> {
  return command;
}

export interface CommandLine {
  readonly help: boolean;
  readonly values: Values<OptionTable>;
  readonly positionals: readonly string[];
}

const HELP: OptionTable = { help: { type: "boolean", summary: "shows this" } };

/** Reads a command's arguments. @throws UsageError that names what is wrong and what there is */
export function parseCommandLine(command: Command, args: readonly string[]): CommandLine {
  const table: OptionTable = { ...command.options, ...HELP };
  const options = Object.fromEntries(Object.entries(table).map(([name, { type }]) => [name, { type }]));
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true });
  const values: Record<string, string | boolean | undefined> = defaults(table);
  const positionals: string[] = [];
  const given = new Set<string>();
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    else if (token.kind === "option") {
      values[token.name] = readValue(token, table, command);
      if (given.has(token.name)) throw new UsageError(`${token.rawName} is given twice`);
      given.add(token.name);
    }
  }
  const { help, ...rest } = values;
  if (!help) checkCount(command, positionals);
  return { help: help === true, values: rest as Values<OptionTable>, positionals };
}

function defaults(table: OptionTable): Record<string, string | boolean | undefined> {
  return Object.fromEntries(
    Object.entries(table).map(([name, option]) => [name, option.type === "boolean" ? false : option.default]),
  );
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function readValue({ name, rawName, value, inlineValue }: OptionToken, table: OptionTable, command: Command) {
  const option = Object.hasOwn(table, name) && rawName === `--${name}` ? table[name]! : undefined;
  if (!option) {
    const known = Object.keys(table).map((known) => `--${known}`);
    throw new UsageError(`bertlet ${command.name} has no option ${rawName}; its options are ${known.join(", ")}`);
  }
  if (option.type === "boolean") {
    if (inlineValue) throw new UsageError(`${rawName} takes no value`);
    return true;
  }
  if (value === undefined || (!inlineValue && value.startsWith("-")))
    throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value ?? "<value>"}`);
  return value;
}

function checkCount({ name, positionals }: Command, given: readonly string[]): void {
  const needed = positionals.filter((positional) => !positional.endsWith("?")).length;
  const most = positionals.some((positional) => positional.endsWith("...")) ? Infinity : positionals.length;
  if (given.length >= needed && given.length <= most) return;
  const usage = positionals.map(formatPositional).join(" ");
  throw new UsageError(`bertlet ${name} takes ${usage || "no arguments"}, and ${given.length} were given`);
}

/** The help of a command. */
export function formatHelp({ name, summary, positionals, options }: Command): string {
  const usage = ["bertlet", name, ...positionals.map(formatPositional), "[options]"].join(" ");
  const rows = Object.entries({ ...options, ...HELP }).map(([option, { value, default: standard, summary: text }]) => [
    `--${option}${value ? ` ${value}` : ""}`,
    standard === undefined ? text : `${text} (${standard})`,
  ]);
  return [usage, `  ${summary}`, "", ...formatTable(rows)].join("\n");
}

function formatPositional(name: string): string {
  if (name.endsWith("...")) return `<${name.slice(0, -3)}>...`;
  return name.endsWith("?") ? `[${name.slice(0, -1)}]` : `<${name}>`;
}

/** Rows of two columns, indented and aligned. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([left = ""]) => left.length));
  return rows.map(([left = "", right = ""]) => `  ${left.padEnd(width)}  ${right}`);
}
