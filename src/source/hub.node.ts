// Models on the Hugging Face Hub, by @huggingface/hub: listed at one commit, downloaded into a cache and checked against the Hub's
// checksums. In Workers hub.workerd.ts replaces this file (package.json, `#hub`).
import * as v from "valibot";
import { BertletError, type ErrorType } from "../errors.ts";
import type { HubFile, HubOptions, OpenDownload } from "./hub.ts";
import type { HubCache } from "./hub-cache.ts";
import { loadHubClient } from "./hub-client.ts";
import type { ModelSource } from "./types.ts";

const HUB = "https://huggingface.co";
const ENVIRONMENT: Readonly<Record<string, string | undefined>> = globalThis.process?.env ?? {};
const commitSchema = v.object({ sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)) });
const sha1 = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const entrySchema = v.object({
  path: v.string(),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  oid: sha1,
  lfs: v.optional(v.object({ oid: sha256 })),
});

/**
 * The files of a model on the Hub, downloaded when they are first read; without a network the cache is used.
 * @throws BertletError `not_found` for a model or revision that does not exist, `forbidden` if access is refused, `unavailable` if the
 * Hub fails and the cache does not have the model
 * @example
 * const source = await openHub("sentence-transformers/all-MiniLM-L6-v2", { revision: "main" });
 */
export async function openHub(id: string, options: HubOptions = {}): Promise<ModelSource> {
  const { revision = "main", cacheDir, localFilesOnly = ENVIRONMENT.HF_HUB_OFFLINE === "1" } = options;
  const cache = await openCache(id, cacheDir);
  const hub = new Hub(id, options);
  try {
    if (localFilesOnly) throw new BertletError("not_found", `${id} is requested offline`);
    const commit = await hub.commit(revision);
    const files = await hub.files(commit);
    await cache?.setRef(revision, commit);
    return new HubSource(hub, commit, files, cache);
  } catch (error) {
    const cached = isUnreachable(error) || localFilesOnly ? await cache?.snapshot(revision) : undefined;
    if (cached) return cached;
    if (!(error instanceof BertletError)) throw unreachable(id, hub.endpoint, error);
    throw localFilesOnly ? notCached(id, revision) : error;
  }
}

/** Browsers have no folder for a cache. */
async function openCache(id: string, cacheDir: string | false | undefined): Promise<HubCache | undefined> {
  if (cacheDir === false || !globalThis.process) return undefined;
  const { HubCache } = await import("./hub-cache.ts");
  return HubCache.of(id, cacheDir);
}

class HubSource implements ModelSource {
  readonly #hub: Hub;
  readonly #commit: string;
  readonly #files: ReadonlyMap<string, HubFile>;
  readonly #cache: HubCache | undefined;

  constructor(hub: Hub, commit: string, files: ReadonlyMap<string, HubFile>, cache: HubCache | undefined) {
    this.#hub = hub;
    this.#commit = commit;
    this.#files = files;
    this.#cache = cache;
  }

  async list(): Promise<string[]> {
    return [...this.#files.keys()];
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const file = this.#files.get(name);
    if (!file) return undefined;
    const { download, verify } = await import("./hub-download.ts");
    const open: OpenDownload = (wanted, start) => this.#hub.open(this.#commit, wanted, start);
    if (this.#cache) return this.#cache.read(this.#commit, file, open);
    const bytes = await download(file, open);
    await verify(file, bytes);
    return bytes;
  }
}

/** The Hub's routes through its own library, with failures as BertletErrors. */
class Hub {
  readonly endpoint: string;
  readonly #id: string;
  readonly #fetch: typeof fetch;

  constructor(id: string, { endpoint = ENVIRONMENT.HF_ENDPOINT || HUB, token = ENVIRONMENT.HF_TOKEN }: HubOptions) {
    this.#id = id;
    this.endpoint = endpoint.replace(/\/+$/, "");
    this.#fetch = token ? authorized(new URL(this.endpoint).origin, token) : fetch;
  }

  async commit(revision: string): Promise<string> {
    const { modelInfo } = await loadHubClient();
    const info = await this.#ask(modelInfo({ ...this.#params(revision), name: this.#id, additionalFields: ["sha"] }));
    const parsed = v.safeParse(commitSchema, info);
    if (!parsed.success) throw this.#failure("names no commit of it");
    return parsed.output.sha;
  }

  async files(commit: string): Promise<Map<string, HubFile>> {
    const { listFiles } = await loadHubClient();
    const files = new Map<string, HubFile>();
    const entries = listFiles({ ...this.#params(commit), repo: this.#id, recursive: true });
    while (true) {
      const { done, value } = await this.#ask(entries.next());
      if (done) return files;
      if (value.type !== "file") continue;
      const parsed = v.safeParse(entrySchema, value);
      if (!parsed.success) throw this.#failure("lists files that cannot be understood");
      const { path: name, size, oid, lfs } = parsed.output;
      files.set(name, {
        name,
        size,
        digest: lfs ? { algorithm: "sha256", hex: lfs.oid } : { algorithm: "git", hex: oid },
      });
    }
  }

  async open(commit: string, { name, size }: HubFile, start: number): Promise<ReadableStream<Uint8Array>> {
    const { downloadFile } = await loadHubClient();
    const blob = await this.#ask(downloadFile({ ...this.#params(commit), repo: this.#id, path: name }));
    if (blob?.size !== size) throw this.#failure(`has ${blob?.size ?? "no"} bytes of ${name}, not ${size}`);
    return start > 0 ? blob.slice(start).stream() : blob.stream();
  }

  #params(revision: string) {
    return { hubUrl: this.endpoint, revision, fetch: this.#fetch };
  }

  async #ask<T>(answer: Promise<T>): Promise<T> {
    const { HubApiError } = await loadHubClient();
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof HubApiError)) throw error;
      throw this.#failure(describeStatus(error.statusCode), typeOfStatus(error.statusCode), error);
    }
  }

  #failure(what: string, type: ErrorType = "unavailable", cause?: unknown): BertletError {
    return new BertletError(type, `there is no folder ${this.#id}, and the Hub at ${this.endpoint} ${what}`, {
      cause,
    });
  }
}

function typeOfStatus(status: number): ErrorType {
  if (status === 404) return "not_found";
  return status === 401 || status === 403 ? "forbidden" : "unavailable";
}

function describeStatus(status: number): string {
  if (status === 401) return "wants a token (401): there is no such model, or it is not public";
  if (status === 403) return "refuses access (403): the token does not allow it";
  if (status === 404) return "has no such model, revision or file (404)";
  return `failed with status ${status}`;
}

/** A fetch that sends the token to the Hub itself, and not to the storage that it redirects to. */
function authorized(origin: string, token: string): typeof fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers);
    const { origin: target } = new URL(input instanceof Request ? input.url : input);
    if (target === origin) headers.set("Authorization", `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };
}

/** fetch rejects with a TypeError when there is no connection. */
function isUnreachable(error: unknown): boolean {
  return error instanceof TypeError;
}

function unreachable(id: string, endpoint: string, cause: unknown): BertletError {
  return new BertletError(
    "unavailable",
    `there is no folder ${id}, the Hub at ${endpoint} cannot be reached, and the model is not in the cache`,
    { cause },
  );
}

function notCached(id: string, revision: string): BertletError {
  return new BertletError("not_found", `${id} at ${revision} is not in the cache, and localFilesOnly is set`);
}
