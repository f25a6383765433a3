// One state of about 60 tokens and many questions of four options, in workerd: answered by a head and by meaning (zero-shot), in one request, and in a
// request for each question. Each request has another state, so that no answer is a kept one.
import { bundle, start } from "../test/load/deployed.ts";
import { median, printTable, ratio } from "./table.ts";

const COUNTS = [1, 8, 64];
const ROUNDS = 9;
const STATE =
  "I ordered a pair of running shoes on the third of March and paid with my card, but the parcel that came yesterday holds a blue shirt, and the charge is twice on my statement. Nobody answers the phone. I want the right shoes by Friday or all of my money back, please. Order";
const OPTIONS = ["billing", "delivery", "a wrong item", "an account"];

type Source = "head" | "zero-shot";
type Questions = Record<string, unknown>;

let states = 0;

/** @param first the number of the first question: each has words of its own */
function questions(source: Source, count: number, first = 0): Questions {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`q${first + index}`, question(source, first + index)]),
  );
}

function question(source: Source, index: number): unknown {
  const instructions = `Is it about matter number ${index}?`;
  if (source === "head")
    return { type: "noul", instructions, x_head: "sentiment", x_labels: { true: "NEGATIVE", false: "POSITIVE" } };
  return {
    type: "choice",
    instructions,
    criteria: Object.fromEntries(OPTIONS.map((name) => [`${name} ${index}`, null])),
  };
}

export async function run(): Promise<void> {
  const worker = await start(await bundle("decide"), {});
  const ask = async (state: string, asked: Questions): Promise<void> => {
    const response = await fetch(new URL("/v1/systemone", worker.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "edge", state, questions: asked }),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  };
  const time = async (work: (state: string) => Promise<void>): Promise<number> => {
    const began = performance.now();
    await work(`${STATE} ${1000 + states++}.`);
    return performance.now() - began;
  };
  try {
    const rows = [];
    for (const source of ["head", "zero-shot"] as const) {
      const alone: number[] = [];
      for (const count of COUNTS) {
        const [together, each]: [number[], number[]] = [[], []];
        for (let round = 0; round <= ROUNDS; round++) {
          const one = await time((state) => ask(state, questions(source, count)));
          const several = await time(async (state) => {
            for (let index = 0; index < count; index++) await ask(state, questions(source, 1, index));
          });
          // The first round loads the model, and the vectors of the options, which are kept.
          if (round === 0) continue;
          together.push(one);
          each.push(several);
        }
        if (count === 1) alone.push(...together);
        rows.push([
          source,
          `${count}`,
          median(together),
          ratio(median(together), median(alone)),
          median(each),
          ratio(median(each), median(together)),
        ]);
      }
    }
    printTable(
      `Decisions in workerd, int8, a state of about 60 tokens (ms, medians of ${ROUNDS} alternating rounds)`,
      ["answered by", "questions", "one request", "to one question", "a request each", "each/one"],
      rows,
    );
  } finally {
    await worker.close();
  }
}
