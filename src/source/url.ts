// A folder behind a URL. HTTP does not list folders, so the usual names of a model's files are tried one by one.
import { BertletError } from "../errors.ts";
import type { HubOptions } from "./hub.ts";
import type { ModelSource } from "./types.ts";

const FILES = [
  "config.json",
  "encoder.safetensors",
  ...["model.safetensors", "pytorch_model.bin", "tf_model.h5", "flax_model.msgpack"].flatMap((file) => [
    file,
    `${file}.index.json`,
  ]),
  ...["vocab.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"],
];

/** Whether the text is an http or https URL. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * The files below `url`. `list` finds only the usual names; files with other names can still be read.
 * @throws BertletError (from reading) `forbidden` if access is refused, `unavailable` if the server fails or cannot be reached
 * @example
 * const source = await openUrl("https://huggingface.co/google-bert/bert-base-uncased/resolve/main");
 */
export async function openUrl(url: string, { token }: HubOptions = {}): Promise<ModelSource> {
  const base = new URL(url);
  base.pathname = base.pathname.replace(/\/*$/, "/");
  const address = (name: string) => {
    const file = new URL(base);
    file.pathname += name.split("/").map(encodeURIComponent).join("/");
    return file;
  };
  return {
    async read(name) {
      if (name === "" || name.split(/[\\/]/).some((part) => part === ".." || part === "."))
        throw new BertletError("invalid_input", `${name} is not the name of a file in the folder`);
      const response = await get(address(name), token);
      return response && new Uint8Array(await readBody(response, name));
    },
    async list() {
      const present = await Promise.all(
        FILES.map(async (name) => {
          const response = await get(address(name), token, { Range: "bytes=0-0" });
          await response?.body?.cancel();
          return response ? [name] : [];
        }),
      );
      return present.flat();
    },
  };
}

/** One file, as a stream. @throws BertletError `not_found`, `forbidden` or `unavailable` */
export async function fetchFile(url: string, { token }: HubOptions = {}): Promise<ReadableStream<Uint8Array>> {
  const response = await get(new URL(url), token);
  if (!response?.body) throw new BertletError("not_found", `there is nothing at ${url}`);
  return response.body;
}

/** Undefined for 404, and for 416, which servers send for a range of an empty file. */
async function get(
  url: URL,
  token: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response | undefined> {
  const authorization: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
  const response = await fetch(url, { headers: { ...headers, ...authorization } }).catch((cause: unknown) => {
    throw new BertletError("unavailable", `${url.origin} cannot be reached`, { cause });
  });
  if (response.ok) return response;
  await response.body?.cancel();
  if (response.status === 404 || response.status === 416) return undefined;
  const type = response.status === 401 || response.status === 403 ? "forbidden" : "unavailable";
  throw new BertletError(type, `${url.href} answered with status ${response.status}`);
}

async function readBody(response: Response, name: string): Promise<ArrayBuffer> {
  return response.arrayBuffer().catch((cause: unknown) => {
    throw new BertletError("unavailable", `the download of ${name} broke off`, { cause });
  });
}
