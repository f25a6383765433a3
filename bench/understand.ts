// Query understanding from text to answer, as src/tasks/understand/understand.ts does it: tokenizer, intent, slots, entities and the vector, in one pass
// of our encoder, beside three onnxruntime-web sessions, a head each, under the very same code.
import { median, printTable, ratio } from "./table.ts";
import { HEADS, openThreeHeads } from "./three-heads.ts";
import { tokensOf } from "./tokens.ts";

const QUERY = "book a table for two in berlin at eight tonight";
const ROUNDS = 25;

export async function run(): Promise<void> {
  const lab = await openThreeHeads();
  if (!lab) return;
  try {
    const [ids] = await tokensOf([QUERY], 512);
    const call = { model: "kernel", text: QUERY };
    const { times } = await lab.time({
      subjects: {
        kernel: [{ ...call, session: "kernel", heads: HEADS, vectors: true }],
        // The vector comes with the first.
        ort: HEADS.map((head, i) => ({ ...call, session: head, heads: [head], vectors: i === 0 })),
      },
      rounds: ROUNDS,
      repeats: 10,
    });
    const [kernel, ort] = [median(times.kernel!), median(times.ort!)];
    printTable(
      `Query understanding in workerd, from “${QUERY}” to intent, slots, entities and vector (ms, medians of alternating runs)`,
      ["tokens", "kernel", "3 × ort", "ratio"],
      [[`${ids!.length}`, kernel, ort, ratio(ort, kernel)]],
    );
  } finally {
    await lab.close();
  }
}
