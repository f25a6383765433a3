// The Hugging Face Hub as a source of models: what one may say of it. Reading from it is hub.node.ts's work.

export interface HubOptions {
  /** The Hub's address; HF_ENDPOINT or https://huggingface.co when left out. */
  readonly endpoint?: string;
  /** A branch, a tag or a commit; main when left out. */
  readonly revision?: string;
  /** For models that need one; HF_TOKEN when left out. It is sent to the endpoint alone, or to the URL that was given as a source. */
  readonly token?: string;
  /** Where files are kept (Node, Bun, Deno); the cache of huggingface_hub when left out, and false for none. */
  readonly cacheDir?: string | false;
  /** Whether only the cache is asked. HF_HUB_OFFLINE=1 says so, too. */
  readonly localFilesOnly?: boolean;
}

const HUB_ID = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/;

/** Whether a text can name a model on the Hub: `owner/name` or `name`. */
export function isHubId(text: string): boolean {
  return HUB_ID.test(text) && !text.includes("..") && !text.includes("--") && text.length <= 96;
}
