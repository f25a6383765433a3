// Labelled data as it is read before a head is trained by it: a sound file of each kind of format.
import { readFile } from "node:fs/promises";
import { chooseColumns } from "../../src/data/label-rows.ts";
import { readTable } from "../../src/data/read-table.ts";
import { examineRows, reportNotes } from "../../src/data/report.ts";
import { damage } from "./damage.ts";
import { damageText } from "./damage-text.ts";
import type { Target } from "./targets.ts";

const choice = (value: string) => ({
  type: "choices",
  from_name: "topic",
  to_name: "text",
  value: { choices: [value] },
});
const labels = { start: 0, end: 3, text: "Ada", labels: ["PER"] };
const task = (id: number, text: string, ...result: readonly object[]) => ({
  id,
  data: { text },
  annotations: [{ result }],
});

/** JSON documents by the name of a file that holds them. */
const DOCUMENTS: Readonly<Record<string, unknown>> = {
  "label-studio.json": [task(1, "late again", choice("delivery")), task(2, "thanks", choice("praise"))],
  "label-studio-spans.json": [
    task(1, "Ada writes", { type: "labels", from_name: "ner", to_name: "text", value: labels }),
  ],
  "prodigy.json": [
    { text: "late again", accept: ["delivery"], answer: "accept", options: [{ id: "delivery", text: "Delivery" }] },
    { text: "Ada writes", spans: [{ start: 0, end: 3, label: "PER" }], answer: "accept" },
  ],
  "squad.json": {
    data: [
      {
        paragraphs: [
          {
            context: "In Paris.",
            qas: [{ id: "1", question: "Where?", answers: [{ text: "Paris", answer_start: 3 }] }],
          },
        ],
      },
    ],
  },
  "records.json": [
    { text: "late again", label: "delivery" },
    { text: "thanks", label: ["praise", "delivery"] },
  ],
};

export const DATA_TARGETS: readonly string[] = [...Object.keys(DOCUMENTS), "rows.parquet"].map(
  (name) => `data: ${name}`,
);

/** @param name one of {@link DATA_TARGETS} */
export async function openDataTarget(name: string): Promise<Target> {
  const file = name.replace("data: ", "");
  const isJson = Object.hasOwn(DOCUMENTS, file);
  const bytes = isJson
    ? new TextEncoder().encode(JSON.stringify(DOCUMENTS[file]))
    : new Uint8Array(await readFile("test/data/files/reviews.parquet"));
  return {
    name,
    file: bytes,
    damage: isJson ? damageText : damage,
    hostile: [],
    read: (damaged) => examine(file, damaged),
  };
}

async function examine(name: string, bytes: Uint8Array): Promise<void> {
  const table = await readTable({ name, bytes });
  if (table.labelledFor !== "texts") return;
  reportNotes(examineRows([table], chooseColumns(table.columns, {})).report);
}
