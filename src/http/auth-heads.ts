// A model of which only some heads may be used. It refuses where the numbers are asked for, so that no function can forget to.
import type { LoadedModel } from "../models/loaded-model.ts";
import { fetchNames, withRun } from "../wasm/session.ts";
import { RequestError } from "./errors.ts";

/** What the encoder's own outputs count as: vectors, hidden states, attentions. */
export const ENCODER = "embedding";

/**
 * The same model; a run that fetches another head's outputs throws a RequestError, `forbidden`. The digest is another, so that answers
 * kept for one set of heads are not given to those who have another. Heads that may be used come first, and are the defaults.
 */
export function restrictHeads(model: LoadedModel, allowed: ReadonlySet<string>): LoadedModel {
  const { session, heads, digest } = model;
  const restricted = withRun(session, async (feeds, fetches) => {
    for (const output of fetchNames(fetches, session.outputNames)) {
      const name = heads.find((head) => output.startsWith(`${head.name}.`))?.name ?? ENCODER;
      if (!allowed.has(name)) throw new RequestError("forbidden", `the key may not use ${name}`);
    }
    return session.run(feeds, fetches);
  });
  return {
    ...model,
    session: restricted,
    heads: heads.toSorted((a, b) => Number(allowed.has(b.name)) - Number(allowed.has(a.name))),
    digest: `${digest} ${[...allowed].toSorted()}`,
  };
}
