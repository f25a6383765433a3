// Three heads on one text: one pass of our encoder, beside three onnxruntime-web sessions, which each hold and run an encoder of their own.
import { median, printTable, ratio } from "./table.ts";
import { HEADS, openThreeHeads } from "./three-heads.ts";
import { someTokens } from "./tokens.ts";

const LENGTHS = [16, 32, 128];
const ROUNDS = 15;

export async function run(): Promise<void> {
  const lab = await openThreeHeads();
  if (!lab) return;
  try {
    const rows = [];
    for (const S of LENGTHS) {
      const call = { texts: [someTokens(S)], padded: true };
      const outputs = HEADS.map((head) => `${head}.logits`);
      const { times, bytes } = await lab.time({
        subjects: {
          kernel: [{ ...call, session: "kernel", fetches: outputs }],
          ort: HEADS.map((head, i) => ({ ...call, session: head, fetches: [outputs[i]!] })),
        },
        rounds: ROUNDS,
        repeats: Math.max(1, Math.round(160 / S)),
      });
      const [kernel, ort] = [median(times.kernel!), median(times.ort!)];
      rows.push([`${S}`, kernel, ort, ratio(ort, kernel), bytes.kernel! / 1e6, bytes[HEADS[0]]! / 1e6]);
    }
    printTable(
      `${HEADS.join(", ")} of one text of S tokens in workerd: one pass, and three onnxruntime-web sessions (ms, medians of alternating runs)`,
      ["S", "kernel", "3 × ort", "ratio", "MB", "3 × ort MB"],
      rows,
    );
  } finally {
    await lab.close();
  }
}
