// Names of parameters on both sides: snake_case in bodies, camelCase in the library's options.
import { camelCase } from "../options.ts";

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** An object with its keys in camelCase. */
export type CamelKeys<T> = { [Key in keyof T as Key extends string ? Camel<Key> : Key]: T[Key] };

/** @example toOptions({ top_k: 2 }); // { topK: 2 } */
export function toOptions<T extends object>(parameters: T): CamelKeys<T> {
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [camelCase(key), value])) as CamelKeys<T>;
}

/**
 * A message of the library with the names of these parameters as the caller's interface writes them.
 * @example toSnakeCase("topK is not a count", ["top_k"]); // "top_k is not a count"
 */
export function toSnakeCase(message: string, parameters: readonly string[]): string {
  const names = new Map(parameters.map((name) => [camelCase(name), name]));
  return message.replace(/\b[a-z]+(?:[A-Z][a-z]*)+\b/g, (word) => names.get(word) ?? word);
}
