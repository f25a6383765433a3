// What the page knows about whatever answers its requests: the model, its heads, and the routes.
import type { HeadKind } from "../src/architectures/head-spec.ts";

export interface HeadInfo {
  readonly name: string;
  readonly kind: HeadKind;
  readonly labels: readonly string[];
}

/** The fields of /info that the page uses. */
export interface ModelInfo {
  readonly name: string | null;
  readonly license: string | null;
  readonly quantization: string;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly heads: readonly HeadInfo[];
}

/** What the API says about the page's key. */
export type KeyState = "none" | "required" | "accepted" | "rejected" | "malformed" | "unneeded";

export interface Description {
  /** Undefined if it could not be read. */
  readonly model: ModelInfo | undefined;
  /** Undefined if unknown: any route may exist. */
  readonly paths: ReadonlySet<string> | undefined;
  readonly key: KeyState;
}

/** The line under the page's title. */
export function summarize({ model, key }: Description): string {
  if (!model) return key === "none" || key === "unneeded" ? "The API did not describe its model." : KEY_MESSAGES[key];
  const size = `${model.num_hidden_layers} layers × ${model.hidden_size}`;
  return [model.name, model.quantization, size, `${model.heads.length} heads`, model.license]
    .filter(Boolean)
    .join(" · ");
}

export const KEY_MESSAGES: Readonly<Record<KeyState, string>> = {
  none: "",
  required: "This API requires a key.",
  accepted: "The API accepted this key.",
  rejected: "The API did not accept this key.",
  malformed: "This is not a valid key: keys contain only ASCII characters and no spaces.",
  unneeded: "This API does not require a key.",
};
