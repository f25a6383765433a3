// The Hugging Face Hub as a source of models: its options, ids and files. Reading from it is in hub.node.ts.

export interface HubOptions {
  /** The Hub's address; HF_ENDPOINT or https://huggingface.co when omitted. */
  readonly endpoint?: string;
  /** A branch, a tag or a commit; main when omitted. */
  readonly revision?: string;
  /** For private models; HF_TOKEN when omitted. It is sent only to the endpoint, or to the URL that is the source. */
  readonly token?: string;
  /** Where files are cached (Node, Bun, Deno): the cache of huggingface_hub when omitted, nowhere if false. */
  readonly cacheDir?: string | false;
  /** Whether to use only the cache, as HF_HUB_OFFLINE=1 does. */
  readonly localFilesOnly?: boolean;
}

/** A file at a commit. */
export interface HubFile {
  readonly name: string;
  readonly size: number;
  /** SHA-256 of files in large-file storage, else git's SHA-1. */
  readonly digest: { readonly algorithm: "sha256" | "git"; readonly hex: string };
}

/** Opens the bytes of a file from `start` on. */
export type OpenDownload = (file: HubFile, start: number) => Promise<ReadableStream<Uint8Array>>;

const HUB_ID = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/;

/** Whether a text can name a model on the Hub: `owner/name` or `name`. */
export function isHubId(text: string): boolean {
  return HUB_ID.test(text) && !text.includes("..") && !text.includes("--") && text.length <= 96;
}
