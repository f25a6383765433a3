// One score a head, for any engine: texts become ids, a session runs them, the plainest decision is scored. The answers that users get are
// src/heads' work and tested there; here the numbers of engines are compared.
import { Tensor } from "onnxruntime-common";
import type { HeadSpec } from "../../src/architectures/head-spec.ts";
import type { RaggedOffsets, TextInput, Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import type { InferenceSession } from "../../src/wasm/session.ts";
import { clinc150, sample, sentences, snips, squad, sst2, stsb, type Tagged, wikigold } from "./data.ts";
import { accuracy, answerScores, spanF1, spearman } from "./metrics.ts";

/** An engine with the model loaded. */
export interface Subject {
  readonly session: InferenceSession;
  readonly tokenizer: Tokenizer;
  readonly heads: readonly HeadSpec[];
}

export interface Task {
  readonly name: string;
  score(subject: Subject): Promise<number>;
}

const MAX_LENGTH = 384;

/** What a session gives for one text: `values` [rows][width]. */
interface Rows {
  readonly values: Float32Array;
  readonly width: number;
  readonly encoding: RaggedOffsets;
}

async function run({ session, tokenizer }: Subject, input: TextInput, output: string): Promise<Rows> {
  const truncation = typeof input === "string" ? "longest_first" : "only_second";
  const encoding = tokenizer.encodeBatch([input], { truncation, maxLength: MAX_LENGTH, returnOffsetsMapping: true });
  return runIds(session, encoding, output);
}

async function runIds(session: InferenceSession, encoding: RaggedOffsets, output: string): Promise<Rows> {
  const { input_ids, token_type_ids } = encoding;
  const shape = [1, input_ids.length];
  const feeds = {
    input_ids: new Tensor("int32", input_ids, shape),
    token_type_ids: new Tensor("int32", token_type_ids, shape),
  };
  const tensor = (await session.run(feeds, [output]))[output]!;
  return { values: tensor.data as Float32Array, width: tensor.dims.at(-1)!, encoding };
}

function best(values: Float32Array): number {
  return values.indexOf(values.reduce((a, b) => Math.max(a, b)));
}

function labelsOf({ heads }: Subject, name: string): readonly string[] {
  return heads.find((head) => head.name === name)!.labels;
}

function classification(name: string, head: string, data: () => Promise<{ input: string; gold: string }[]>): Task {
  return {
    name,
    async score(subject) {
      const rows = await data();
      const labels = labelsOf(subject, head);
      const predicted: string[] = [];
      for (const { input } of rows) predicted.push(labels[best((await run(subject, input, `${head}.logits`)).values)]!);
      return accuracy(
        predicted,
        rows.map(({ gold }) => gold),
      );
    },
  };
}

/** The first word piece of a word carries its label. */
function tagging(name: string, head: string, data: () => Promise<Tagged[]>): Task {
  return {
    name,
    async score(subject) {
      const rows = await data();
      const labels = labelsOf(subject, head);
      const predicted: string[][] = [];
      for (const { words } of rows) {
        const { values, width, encoding } = await run(subject, words.join(" "), `${head}.logits`);
        const starts = new Map<number, number>();
        for (let token = encoding.input_ids.length - 1; token >= 0; token--) {
          if (encoding.sequence_ids[token] === 0) starts.set(encoding.offset_mapping[2 * token]!, token);
        }
        let at = 0;
        predicted.push(
          words.map((word) => {
            const token = starts.get(at);
            at += word.length + 1;
            return token === undefined ? "O" : labels[best(values.subarray(token * width, (token + 1) * width))]!;
          }),
        );
      }
      return spanF1(
        predicted,
        rows.map(({ tags }) => tags),
      );
    },
  };
}

async function embed(subject: Subject, text: string): Promise<Float32Array> {
  const { values, width } = await run(subject, text, "last_hidden_state");
  const sums = new Float32Array(width);
  for (const [i, value] of values.entries()) sums[i % width]! += value;
  const norm = Math.hypot(...sums);
  return sums.map((value) => value / norm);
}

const similarity: Task = {
  name: "STS-B test, Spearman",
  async score(subject) {
    const rows = await stsb();
    const scores: number[] = [];
    for (const { pair } of rows) {
      const [a, b] = [await embed(subject, pair[0]), await embed(subject, pair[1])];
      scores.push(a.reduce((sum, value, i) => sum + value * b[i]!, 0));
    }
    return spearman(
      scores,
      rows.map(({ gold }) => gold),
    );
  },
};

function answering(metric: "exact" | "f1"): Task {
  return {
    name: `SQuAD v1.1 dev, 1,000 questions, ${metric === "exact" ? "exact match" : "F1"}`,
    async score(subject) {
      const scores = await answersOf(subject);
      return scores.reduce((sum, score) => sum + score[metric], 0) / scores.length;
    },
  };
}

type Answered = ReturnType<typeof answerScores>;
const answered = new WeakMap<Subject, Promise<Answered[]>>();

/** Two tasks score the same answers: they are given once. */
function answersOf(subject: Subject): Promise<Answered[]> {
  const known = answered.get(subject) ?? answerAll(subject);
  answered.set(subject, known);
  return known;
}

async function answerAll(subject: Subject): Promise<Answered[]> {
  const scores: Answered[] = [];
  for (const { question, context, answers } of sample(await squad(), 1000)) {
    const { values, encoding } = await run(subject, [question, context], "question-answering.logits");
    scores.push(answerScores(bestSpan(values, encoding, context), answers));
  }
  return scores;
}

function bestSpan(values: Float32Array, { offset_mapping, sequence_ids, input_ids }: RaggedOffsets, context: string) {
  let [from, to, top] = [0, 0, Number.NEGATIVE_INFINITY];
  for (let start = 0; start < input_ids.length; start++) {
    if (sequence_ids[start] !== 1) continue;
    for (let end = start; end < Math.min(start + 15, input_ids.length) && sequence_ids[end] === 1; end++) {
      const score = values[2 * start]! + values[2 * end + 1]!;
      if (score > top) [from, to, top] = [offset_mapping[2 * start]!, offset_mapping[2 * end + 1]!, score];
    }
  }
  return context.slice(from, to);
}

const masked: Task = {
  name: "one masked word piece, 4,000 sentences, top 5",
  async score(subject) {
    const { session, tokenizer } = subject;
    const texts = sample((await sentences()).flat(), 4000);
    const mask = tokenizer.convertTokensToIds(["[MASK]"])[0]!;
    let right = 0;
    for (const [i, text] of texts.entries()) {
      const encoding = tokenizer.encodeBatch([text], { maxLength: 64, returnOffsetsMapping: true });
      const place = 1 + ((i * 7919) % (encoding.input_ids.length - 2));
      const gold = encoding.input_ids[place]!;
      encoding.input_ids[place] = mask;
      const { values, width } = await runIds(session, encoding, "masked-lm.logits");
      const row = values.subarray(place * width, (place + 1) * width);
      const threshold = row[gold]!;
      if (row.reduce((above, value) => above + (value > threshold ? 1 : 0), 0) < 5) right++;
    }
    return (100 * right) / texts.length;
  },
};

const following: Task = {
  name: "next sentence, 600 pairs, accuracy",
  async score(subject) {
    const passages = (await sentences()).filter((passage) => passage.length >= 2);
    const chosen = sample(passages, 300);
    const pairs = chosen.flatMap((passage, i) => {
      const other = passages[(i * 7919 + 13) % passages.length]!;
      return [
        { input: [passage[0]!, passage[1]!] as const, gold: "0" },
        { input: [passage[0]!, other.at(-1)!] as const, gold: "1" },
      ];
    });
    const predicted: string[] = [];
    for (const { input } of pairs)
      predicted.push(`${best((await run(subject, input, "next-sentence.logits")).values)}`);
    return accuracy(
      predicted,
      pairs.map(({ gold }) => gold),
    );
  },
};

export const TASKS: readonly Task[] = [
  classification("SST-2 dev, accuracy", "sentiment", sst2),
  classification("CLINC150 test, accuracy with out-of-scope", "intent", async () => sample(await clinc150(), 2750)),
  similarity,
  tagging("SNIPS test, slot F1", "slots", snips),
  tagging("WikiGold, span F1", "entities", wikigold),
  answering("exact"),
  answering("f1"),
  masked,
  following,
];
