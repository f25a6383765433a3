// A server in the place of a large model: it answers by the labels of a data set, wrongly at times, and takes as long as a large model might.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { mulberry32 } from "../src/random.ts";
import type { Labelled } from "./quality/banking77.ts";

export const UPSTREAM = { accuracy: 0.94, milliseconds: 150 };

/** Answers every state by its label, or by another one where a state is one of those that upstream gets wrong. */
export async function startUpstream(states: readonly Labelled[], names: readonly string[]) {
  const random = mulberry32(1);
  const answers = new Map(
    states.map(({ text, label }) => [
      text,
      random() < UPSTREAM.accuracy ? label : names[Math.floor(random() * names.length)]!,
    ]),
  );
  const server = createServer(async (request, response) => {
    const { state } = JSON.parse(await text(request)) as { state: string };
    const right = answers.get(state)!;
    const probabilities = Object.fromEntries(names.map((name) => [name, Number(name === right)]));
    const answer = { type: "choice", choice: right, confidence: 1, probabilities };
    setTimeout(() => response.end(JSON.stringify({ answers: { q0: answer } })), UPSTREAM.milliseconds);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
