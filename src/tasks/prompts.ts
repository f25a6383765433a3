// Prompts by name: what a model's files put before a text, such as "query: ".
import { BertletError } from "../errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";

/**
 * The name as an option of the embedding; undefined for the model's default.
 * @throws BertletError `invalid_input` that lists the model's prompts
 */
export function promptNamed({ embedding }: LoadedModel, name: string | null | undefined): string | undefined {
  if (name === null || name === undefined) return undefined;
  const names = embedding.prompts.map(([name]) => name);
  if (names.includes(name)) return name;
  const known = names.join(", ") || "none";
  throw new BertletError("invalid_input", `prompt_name: the model has no prompt ${name}; it has ${known}`, {
    field: "prompt_name",
  });
}

/** The texts with the prompt of this name, or the model's default, before each. @throws BertletError as {@link promptNamed} */
export function withPrompt(model: LoadedModel, name: string | null | undefined, texts: readonly string[]): string[] {
  const { prompts, defaultPrompt } = model.embedding;
  const chosen = promptNamed(model, name) ?? defaultPrompt;
  const prompt = prompts.find(([name]) => name === chosen)?.[1] ?? "";
  return texts.map((text) => prompt + text);
}
