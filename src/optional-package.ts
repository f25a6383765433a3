// Loads packages that are optional peers: large, and needed for a single purpose. A missing one is reported with the command that installs it.
import { BertletError } from "./errors.ts";

/**
 * Loads an optional package by a literal `import()`, which bundlers see.
 * @throws BertletError `unsupported` if the package is not installed
 * @example
 * const hub = await importOptional("@huggingface/hub", "reading from the Hub", () => import("@huggingface/hub"));
 */
export async function importOptional<T>(name: string, purpose: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause, name)) throw cause;
    throw new BertletError("unsupported", `${purpose} needs the package ${name}: npm install ${name}`, { cause });
  }
}

function isMissing(error: unknown, name: string): boolean {
  if (!(error instanceof Error && "code" in error)) return false;
  return ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"].includes(String(error.code)) && error.message.includes(name);
}
