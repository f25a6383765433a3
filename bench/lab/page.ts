// A lab in a web worker of a page: chromium.ts bundles it, and asks it by messages. Models are fetched from where the page is.
import { Lab, type Load, type Plan } from "./lab.ts";

/** A question to the lab; `id` comes back with the answer. */
export type Question = { readonly id: number } & (
  | { readonly load: Load; readonly url: string }
  | { readonly plan: Plan }
);

/** What became of a question. */
export type Answer = { readonly id: number } & ({ readonly result: unknown } | { readonly error: string });

const lab = new Lab();

addEventListener("message", async ({ data }: MessageEvent<Question>) => {
  const answer: Answer = await ask(data).then(
    (result) => ({ id: data.id, result }),
    (error: Error) => ({ id: data.id, error: String(error.stack ?? error) }),
  );
  postMessage(answer);
});

async function ask(question: Question): Promise<unknown> {
  if ("plan" in question) return lab.time(question.plan);
  return lab.load(question.load, (await fetch(question.url)).body!);
}
