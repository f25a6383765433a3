// The ways in which bertlet finetune trains an encoder, as a table.
import { CONTRASTIVE_DEFAULTS, fineTuneContrastive } from "../train/fine-tune/contrastive.ts";
import type { EncoderOptions } from "../train/fine-tune/encoder-options.ts";
import { FINE_TUNE_DEFAULTS, type FineTuned, fineTune } from "../train/fine-tune/fine-tune.ts";
import type { Example } from "../train/train-head.ts";
import { UsageError } from "./command.ts";

/** What a method gives, and how its head is called in a packed model. */
export type Trained = FineTuned & { readonly head: string };

interface Settings extends EncoderOptions {
  readonly name: string;
  readonly epochs?: number;
  readonly pairs?: number;
}

interface Method {
  /** Options that the other methods do not have. */
  readonly own: readonly string[];
  readonly defaults: Readonly<Record<string, number>>;
  train(checkpoint: string, examples: readonly Example[], settings: Settings): Promise<Trained>;
}

const METHODS: Readonly<Record<string, Method>> = {
  classifier: {
    own: ["epochs"],
    defaults: FINE_TUNE_DEFAULTS,
    async train(checkpoint, examples, { name: _, ...settings }) {
      return { ...(await fineTune(checkpoint, examples, settings)), head: "text-classification" };
    },
  },
  contrastive: {
    own: ["pairs", "name"],
    defaults: CONTRASTIVE_DEFAULTS,
    async train(checkpoint, examples, settings) {
      const { head, ...trained } = await fineTuneContrastive(checkpoint, examples, settings);
      return { ...trained, head: head.spec.name };
    },
  },
};

export const METHOD_NAMES: readonly string[] = Object.keys(METHODS);

/** @throws UsageError for a method that there is not, or an option that belongs to another one */
export function readMethod(values: Readonly<Record<string, string | boolean | undefined>>): Method {
  const chosen = String(values.method);
  const method = Object.hasOwn(METHODS, chosen) ? METHODS[chosen]! : undefined;
  if (!method) throw new UsageError(`--method is one of ${METHOD_NAMES.join(", ")}, and not ${chosen}`);
  for (const [name, { own }] of Object.entries(METHODS)) {
    const foreign = own.find((option) => name !== chosen && values[option] !== undefined);
    if (foreign) throw new UsageError(`--${foreign} is for --method ${name}, and not for ${chosen}`);
  }
  return method;
}
