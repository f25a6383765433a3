// What quantisation costs: the score of each head of the real model in f32, in int8 on our kernels, and in onnxruntime-web's dynamic int8.
import { readFile, stat } from "node:fs/promises";
import { loadPretrained } from "../src/heads/pretrained.ts";
import { OrtSession } from "../src/wasm/ort-session.ts";
import { exportOnnx } from "../src/weights/onnx/export.ts";
import { type Subject, TASKS } from "./quality/tasks.ts";
import { printTable } from "./table.ts";

const FOLDER = "../shared/models/minilm-l6-heads";

export async function run(): Promise<void> {
  if (!(await stat(FOLDER).catch(() => undefined))) {
    console.log(
      "left out: ../shared is not here, and neither the f32 model nor the labelled data is part of the project",
    );
    return;
  }
  const exact = await loadPretrained(FOLDER);
  const quantised = await loadPretrained(await readFile("models/minilm-l6-heads.safetensors"));
  const { tokenizer, heads } = quantised;
  const ort = await OrtSession.create(
    await exportOnnx(FOLDER, { heads: heads.map(({ name }) => name), quantize: "int8" }),
  );
  const subjects = [exact.session, quantised.session, ort].map((session): Subject => {
    return { session, tokenizer: tokenizer!, heads };
  });
  const rows = [];
  for (const task of TASKS) {
    const scores: number[] = [];
    for (const subject of subjects) scores.push(await task.score(subject));
    const [f32, int8, dynamic] = scores as [number, number, number];
    const signed = (difference: number) => `${difference > 0 ? "+" : ""}${difference.toFixed(2)}`;
    rows.push([task.name, ...scores.map((score) => score.toFixed(2)), signed(int8 - f32), signed(dynamic - f32)]);
  }
  printTable(
    "Quality of the default model by arithmetic (scores of 100)",
    ["task", "f32", "int8", "onnxruntime-web int8", "int8 − f32", "ort int8 − f32"],
    rows,
  );
}
