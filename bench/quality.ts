// What quantisation costs: the score of each head of the real model in f32, in int8 and int4 on our kernels, and in onnxruntime-web's dynamic
// int8.
import { readFile, stat } from "node:fs/promises";
import { readTexts } from "../src/cli/calibration-texts.ts";
import { packCheckpoint } from "../src/model-file/pack-checkpoint.ts";
import { loadPretrained } from "../src/models/load-pretrained.ts";
import { exportOnnx } from "../src/onnx/export.ts";
import { openSource } from "../src/source/source.ts";
import { calibrator } from "../src/wasm/calibrator.ts";
import { OrtSession } from "../src/wasm/ort/session.ts";
import { type Subject, TASKS } from "./quality/tasks.ts";
import { printTable } from "./table.ts";

const FOLDER = "../shared/models/minilm-l6-heads";
const TEXTS = "../shared/data/text_wiki_squad/wiki_paragraphs.txt.gz";

export async function run(): Promise<void> {
  if (!(await stat(FOLDER).catch(() => undefined))) {
    console.log(
      "left out: ../shared is not here, and neither the f32 model nor the labelled data is part of the project",
    );
    return;
  }
  const exact = await loadPretrained(FOLDER);
  const int8 = await loadPretrained(await readFile("models/minilm-l6-heads/model.safetensors"));
  const { tokenizer, heads } = int8;
  const calibration = calibrator(await readTexts(TEXTS, 64));
  const int4 = await loadPretrained(
    await packCheckpoint(await openSource(FOLDER), { quantization: "int4", calibration }),
  );
  const ort = await OrtSession.create(
    await exportOnnx(FOLDER, { heads: heads.map(({ name }) => name), quantize: "int8" }),
  );
  const subjects = [exact.session, int8.session, int4.session, ort].map((session): Subject => {
    return { session, tokenizer: tokenizer!, heads };
  });
  const rows = [];
  for (const task of TASKS) {
    const scores: number[] = [];
    for (const subject of subjects) scores.push(await task.score(subject));
    const [f32, ...others] = scores as [number, ...number[]];
    const lost = (score: number) => `${score > f32 ? "+" : ""}${(score - f32).toFixed(2)}`;
    rows.push([task.name, ...scores.map((score) => score.toFixed(2)), ...others.map(lost)]);
  }
  printTable(
    "Quality of the default model by arithmetic (scores of 100)",
    ["task", "f32", "int8", "int4", "ort int8", "int8 − f32", "int4 − f32", "ort int8 − f32"],
    rows,
  );
}
