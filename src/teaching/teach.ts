// Teaching one head of the store: its examples are read by the model, in turns, and a version is fitted to their vectors. What was read is kept,
// so that teaching goes on where it was interrupted, and a correction costs the reading of one text.
import type { PoolingMode } from "../architectures/head-spec.ts";
import { tempered, toScores } from "../heads/scores.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import { fitAgreement } from "../train/abstention.ts";
import type { ClassReport } from "../train/evaluate-classes.ts";
import { encodeExamples, fitHead, poolingOf, type TrainedHead } from "../train/train-head.ts";
import { compareVersions } from "./compare.ts";
import type { HeadRow, HeadSettings, HeadTables, Report, TaughtExample, TaughtExamples, VersionRow } from "./tables.ts";

// Texts that are read before what was read is kept.
const BATCH = 64;
// Texts that are read in one call of the object: each call has its own limit of CPU time.
const TEXTS_PER_CALL = 1024;
// Versions that learned are judged by so many of the newest answers: what is asked changes.
const NEWEST_COMPARED = 1000;
// Fewer answers of the large model do not say how often the head agrees with it.
const FEWEST_COMPARED = 50;

/**
 * Teaches the head its examples. The version answers from the moment when it is complete, and not before.
 * @returns false when the call has read its share of texts and another has to go on
 * @throws BertletError for examples that make no head
 */
export async function teachHead(tables: HeadTables, model: LoadedModel, head: HeadRow): Promise<boolean> {
  const { digest } = model;
  for (let read = 0; ; read += BATCH) {
    const rows = tables.unread(head.name, digest, BATCH);
    if (rows.length === 0) break;
    if (read >= TEXTS_PER_CALL) return false;
    const examples = rows.map(({ text }) => ({ text, label: "" }));
    const { values, width, truncatedTexts } = await encodeExamples(model, examples, poolingOf(model), {
      between: pause,
    });
    tables.atomically(() => {
      for (const [i, { place }] of rows.entries()) {
        const vector = values.subarray(i * width, (i + 1) * width);
        tables.putVector(place, digest, vector, truncatedTexts.includes(i));
      }
    });
  }
  // Both are of the same moment: nothing happens in between.
  const revision = tables.head(head.name)?.revision;
  const taught = tables.taughtExamples(head.name, digest, model.config.hidden_size);
  if (revision === undefined) return true;
  const { spec, weight, bias, answers, report } = await fit(head, taught, poolingOf(model));
  tables.atomically(() => {
    const now = tables.head(head.name);
    // Somebody may have deleted the head, or made another of its name, while this one was taught.
    if (now?.id !== head.id) return;
    const version = 1 + (tables.versions(head.name).at(-1)?.version ?? 0);
    const row = { version, created: Date.now(), revision, model: digest, spec, report };
    tables.addVersion(head.name, row, { weight, bias, answers });
    if (isToAnswer(tables, now, row)) tables.activate(head.name, version);
    tables.settle(head.name, revision, null);
    tables.prune(tables.head(head.name)!);
  });
  return true;
}

/** Whether a new version is to answer. One that only learned from a large model has to be no worse than the one before. */
function isToAnswer(tables: HeadTables, { name, active }: HeadRow, taught: VersionRow): boolean {
  const before = active === null ? undefined : tables.version(name, active);
  if (!before || before.model !== taught.model) return true;
  if (!tables.learned.isOwnWork(name, before.revision, taught.revision)) return true;
  const { better, worse } = compareVersions(tables, name, before, taught, NEWEST_COMPARED);
  return better >= worse;
}

async function fit({ name, settings }: HeadRow, { examples, vectors }: TaughtExamples, pooling: PoolingMode) {
  const { strength, balanced, precision } = settings;
  const fitted = await fitHead(
    vectors,
    examples.map(({ text, label, learned }) => ({ text, label, probabilities: learned?.probabilities })),
    { name, strength, balanced, precision, pooling, between: pause },
  );
  const f32 = (tensor: string) => {
    const { bytes } = fitted.tensors.get(tensor)!;
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  };
  const pairs = examples.flatMap(({ place }, i) => [place, fitted.answers![i]!]);
  return {
    spec: fitted.spec,
    weight: f32("classifier.weight"),
    bias: f32("classifier.bias"),
    answers: Int32Array.from(pairs),
    report: { ...toReport(fitted.report!, examples), ...agreementOf(settings, examples, fitted) },
  };
}

/** From which probability on the head agrees with the large model; nothing as long as that has answered little. */
function agreementOf(
  { learn }: HeadSettings,
  examples: readonly TaughtExample[],
  { spec, answers, logits }: Omit<TrainedHead, "truncated">,
): Pick<Report, "at_least"> {
  const newest = examples.flatMap(({ learned }, n) => (learned ? [n] : [])).slice(-NEWEST_COMPARED);
  if (!learn || newest.length < FEWEST_COMPARED) return {};
  const K = spec.labels.length;
  const comparisons = newest.map((n) => {
    const scores = toScores(tempered(logits!.subarray(n * K, (n + 1) * K), spec.temperature ?? 1), "softmax");
    const answer = answers![n]!;
    return {
      probability: scores[answer]!,
      agrees: spec.labels[answer] === examples[n]!.label,
      weight: examples[n]!.learned!.weight,
    };
  });
  return { at_least: fitAgreement(comparisons, learn.agreement) ?? null };
}

/** Without the table of confusions, which grows with the square of the labels. */
function toReport({ confusion: _, doubts, ...report }: ClassReport, examples: readonly TaughtExample[]): Report {
  return {
    ...report,
    truncated: examples.filter(({ truncated }) => truncated).length,
    doubts: doubts.map(({ index, ...doubt }) => ({ text: examples[index]!.text, ...doubt })),
  };
}

/** Lets requests of the same isolate go on. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
