// How a question learns from a large model: its answers become examples, a head is taught anew when there are enough of them, and a version whose answers
// no longer agree with the large model's is withdrawn.
import type { LearnedBatch } from "../http/learned-answers.ts";
import { type LargeModelAnswer, type LearningState, mostProbableLabel } from "../models/learning.ts";
import { LIMITS } from "../tasks/limits.ts";
import { wilsonInterval } from "../train/evaluate-classes.ts";
import type { DayRow } from "./learned-tables.ts";
import type { HeadRow, HeadTables, LearnSettings } from "./tables.ts";

/** A question is taught anew when there are so many new answers, and this part of those before. */
const FEWEST_NEW = 50;
const NEW_PART = 0.25;
/** A version is withdrawn after this many comparisons or more, once it agrees less often than wanted with 99 % confidence. */
const FEWEST_CHECKS = 20;
const Z_99 = 2.5758293035489;
const DAY = 86_400_000;
/** Answers of the large model that are kept, the newest: half of the examples that a head may have, so that people have the other half. */
export const MOST_ANSWERS = LIMITS.examples / 2;

/** A head whose question learns. */
export type LearningHead = HeadRow & { readonly settings: { readonly learn: LearnSettings } };

export function learns(head: HeadRow | undefined): head is LearningHead {
  return head?.settings.learn !== undefined;
}

/**
 * Keeps what a Worker reports of a question. Reports on questions that do not learn, for instance because they were deleted meanwhile, are dropped.
 * @returns whether the head is to be taught
 */
export function learnFrom(tables: HeadTables, { head: name, answered, answers }: LearnedBatch): boolean {
  return tables.atomically(() => {
    const head = tables.head(name);
    if (!learns(head)) return false;
    const day = { edge: answered, upstream: 0, checks: 0, agreed: 0, skipped: 0, milliseconds: 0 };
    for (const answer of answers) learnAnswer(tables, head, answer, day);
    tables.learned.addToDay(name, day);
    tables.learned.removeBeyond(name, MOST_ANSWERS);
    expire(tables, head);
    withdrawIfWrong(tables, head);
    if (!isDue(tables, tables.head(name)!)) return false;
    tables.revise(name);
    tables.learned.addRound(name, tables.head(name)!.revision);
    return true;
  });
}

type Counts = { -readonly [Key in Exclude<keyof DayRow, "day">]: DayRow[Key] };

function learnAnswer(tables: HeadTables, { name }: HeadRow, answer: LargeModelAnswer, day: Counts): void {
  const { text, probabilities, compared, milliseconds } = answer;
  if (text.length <= LIMITS.example_characters && text.trim() !== "" && text.isWellFormed())
    tables.learned.put(name, answer);
  else day.skipped++;
  day.milliseconds += milliseconds;
  if (!compared) {
    day.upstream++;
    return;
  }
  const agrees = mostProbableLabel(probabilities) === compared.label;
  day.checks++;
  if (agrees) day.agreed++;
  if (compared.version !== undefined) tables.learned.addCheck(name, compared.version, agrees);
}

/** Forgets what was kept long enough. @returns how many answers */
export function expire(tables: HeadTables, head: HeadRow): number {
  if (!learns(head)) return 0;
  return tables.learned.removeUntil(head.name, Date.now() - head.settings.learn.keep_days * DAY);
}

/** When the next answer of this head has been kept long enough. */
export function nextExpiry(tables: HeadTables, head: HeadRow): number | undefined {
  const oldest = learns(head) ? tables.learned.oldest(head.name) : null;
  return oldest === null ? undefined : oldest + head.settings.learn!.keep_days * DAY;
}

/** Lets the version before answer, or, if there is none that may, nothing but the large model until the question has learned anew. */
function withdrawIfWrong(tables: HeadTables, { name, active, previous, settings: { learn } }: LearningHead): void {
  if (active === null) return;
  const { count, agreed } = tables.learned.checks(name, active);
  if (count < FEWEST_CHECKS || wilsonInterval(agreed, count, Z_99)[1] >= learn.agreement) return;
  if (isWithdrawn(tables, name, active)) return;
  tables.learned.withdraw(name, active, agreed / count);
  console.log(`question ${name}: version ${active} agrees with ${agreed} of ${count} answers and was withdrawn`);
  const isUsable =
    previous !== null && !isWithdrawn(tables, name, previous) && sameModel(tables, name, active, previous);
  if (isUsable) tables.activate(name, previous);
}

function isWithdrawn(tables: HeadTables, name: string, version: number | null): boolean {
  return tables.learned.withdrawn(name).some((row) => row.version === version);
}

function sameModel(tables: HeadTables, name: string, first: number, second: number): boolean {
  return tables.version(name, first)?.model === tables.version(name, second)?.model;
}

function isDue(tables: HeadTables, { name, active, revision, taught }: HeadRow): boolean {
  if (revision > taught || tables.labels(name).length < 2) return false;
  const since = Math.max(tables.learned.lastRound(name), tables.versions(name).at(-1)?.created ?? 0);
  const fresh = tables.learned.count(name, since);
  const before = isWithdrawn(tables, name, active) ? 0 : tables.learned.count(name) - fresh;
  return fresh >= Math.max(FEWEST_NEW, NEW_PART * before);
}

/** How the edge answers this question. */
export function learningState(tables: HeadTables, head: HeadRow): LearningState | undefined {
  if (!learns(head)) return undefined;
  const { name, active, settings } = head;
  const { shadow } = settings.learn;
  if (isWithdrawn(tables, name, active)) return { atLeast: null, shadow };
  const report = active === null ? undefined : tables.version(name, active)?.report;
  return { atLeast: report?.at_least, shadow };
}

/** What a question has learned, for those who look after it. */
export function describeLearning(tables: HeadTables, head: LearningHead) {
  const { name, settings } = head;
  const days = tables.learned.days(name);
  const sum = (key: keyof Counts) => days.reduce((total, day) => total + day[key], 0);
  const [edge, upstream, checks, milliseconds] = [sum("edge"), sum("upstream"), sum("checks"), sum("milliseconds")];
  const perAnswer = milliseconds / Math.max(1, upstream + checks);
  return {
    ...settings.learn,
    at_least: learningState(tables, head)!.atLeast ?? null,
    answers: tables.learned.count(name),
    edge_share: edge / Math.max(1, edge + upstream),
    measured_agreement: checks === 0 ? null : sum("agreed") / checks,
    saved: { requests: edge - checks, milliseconds: Math.round((edge - checks) * perAnswer) },
    withdrawn: tables.learned.withdrawn(name).map(({ at, ...row }) => ({ ...row, at: new Date(at).toISOString() })),
    days: days.map(({ milliseconds, ...day }) => ({ ...day, milliseconds: Math.round(milliseconds) })),
  };
}
