// The examples of the playground, answered by the default model: each shows what its tab is for.
import { beforeAll, describe, expect, test } from "vitest";
import { pathOf, type Values } from "../../playground/tab.ts";
import { TABS } from "../../playground/tabs/index.ts";
import { loadPretrained } from "../../src/models/load-pretrained.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import { TASKS } from "../../src/tasks/index.ts";
import { parseBody, runTask } from "../../src/tasks/task.ts";

// What the answer to each example of each tab contains, as JSON without numbers' decimals.
const EXPECTED: Readonly<Record<string, readonly RegExp[]>> = {
  classify: [/^\[{"label":"POSITIVE"/, /^\[{"label":"gratitude"/, /^\[{"label":"transfer"/],
  entities: [
    /"PER".*"Marie Curie".*"LOC".*"Warsaw".*"LOC".*"Paris".*"PER".*"Pierre Curie"/,
    /"party_size_number".*"four".*"cuisine".*"Italian".*"restaurant_type".*"timeRange".*"tomorrow"/,
    /"sort".*"newest".*"music_item".*"album".*"artist".*"Miles Davis".*"service".*"Spotify"/,
  ],
  answer: [/^\[{[^}]*"Rotterdam"/, /^\[{[^}]*"1,230 kilometres"/, /^\[{[^}]*"Gro Harlem Brundtland"/],
  understand: [
    /"play_music".*"out_of_scope":false.*"artist".*"Miles Davis".*"PER".*"Miles Davis"/,
    /"restaurant_reservation".*"out_of_scope":false.*"party_size_number".*"two".*"cuisine".*"Italian"/,
    /"weather".*"out_of_scope":false.*"condition_temperature".*"cold".*"country".*"Canada".*"LOC".*"Canada"/,
  ],
  "fill-mask": [
    /^\[{[^}]*"token_str":"university"/,
    /^\[{[^}]*"token_str":"hospital"/,
    /^\[\[{[^}]*"token_str":"album".*\],\[{[^}]*"token_str":"\d{4}"/,
  ],
  // Each sentence beside its nearest other.
  similarity: [/^\[2,1,.,5,4\]$/, /^\[2,1,4,3,4\]$/],
  rerank: [/^\[{"index":2,/, /^\[{"index":1,/],
  "zero-shot": [/^\[{"label":"sport"/, /^\[{"label":"cooking"/, /^\[{"label":"delivery"/],
  choose: [/^\[{"choice":"Cologne"/, /^\[{"choice":"He had no umbrella\."/],
  "next-sentence": [/^\[{"label":"IsNext"/, /^\[{"label":"NotNext"/],
  pretraining: [
    /^{"fills":\[\[{[^}]*"token_str":"island".*"next_sentence":\[{"label":"IsNext"/,
    /^{"fills":\[\[{[^}]*"token_str":"album".*"next_sentence":\[{"label":"NotNext"/,
  ],
  tokenize: [/"token".*"##ization"/, /"東".*"\[UNK\]"/],
  attention: [/"animal".*"tired"/, /"jug".*"cup"/],
};

const EXAMPLES = TABS.flatMap((tab) => tab.examples.map((example, index) => ({ tab, example, index })));

let model: LoadedModel;
beforeAll(async () => {
  model = await loadPretrained("models/minilm-l6-heads/model.safetensors");
});

test("every example is in the table", () => {
  const counts = Object.fromEntries(TABS.map(({ id, examples }) => [id, examples.length]));
  expect(Object.fromEntries(Object.entries(EXPECTED).map(([id, answers]) => [id, answers.length]))).toEqual(counts);
});

describe.each(EXAMPLES)("$tab.id, example $index", ({ tab, example, index }) => {
  test("is a request that the task accepts, and is answered well", async () => {
    const values: Values = { ...firstOptions(tab), ...example };
    expect(Object.keys(values).toSorted()).toEqual(tab.fields.map(({ name }) => name).toSorted());
    const task = TASKS.find(({ path }) => path === pathOf(tab))!;
    const answer = await runTask(task, model, parseBody(task.body, tab.body(values)));
    const shown = tab.id === "similarity" ? nearest(answer as number[][]) : answer;
    expect(JSON.stringify(shown)).toMatch(EXPECTED[tab.id]![index]!);
  });
});

/** The first option of every choice, which the form selects if an example omits the field. */
function firstOptions({ fields }: (typeof TABS)[number]): Values {
  const { origin, quantization, config, heads } = model;
  const { hidden_size, num_hidden_layers } = config;
  const about = { name: origin?.name ?? null, license: origin?.license ?? null };
  const info = { ...about, quantization, hidden_size, num_hidden_layers, heads };
  return Object.fromEntries(fields.flatMap(({ name, options }) => (options ? [[name, options(info)[0]!]] : [])));
}

/** For each vector, the number of its nearest other, from 1. */
function nearest(vectors: readonly (readonly number[])[]): number[] {
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  return vectors.map((vector, row) => {
    const scores = vectors.map((other, column) => (row === column ? -1 : dot(vector, other)));
    return 1 + scores.indexOf(Math.max(...scores));
  });
}
