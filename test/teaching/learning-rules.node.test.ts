// The rules by which a question learns, on a real SQLite: when it is taught, when a version is withdrawn, how long states are kept.
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { LargeModelAnswer } from "../../src/models/learning.ts";
import {
  describeLearning,
  expire,
  type LearningHead,
  learnFrom,
  learningState,
  MOST_ANSWERS,
  nextExpiry,
} from "../../src/teaching/learning.ts";
import { type HeadStorage, HeadTables, type VersionRow } from "../../src/teaching/tables.ts";

const NAME = "topic";
const DAY = 86_400_000;

let tables: HeadTables;
beforeEach(() => {
  vi.useFakeTimers({ now: 1e12, toFake: ["Date"] });
  vi.spyOn(console, "log").mockImplementation(() => {});
  const database = new DatabaseSync(":memory:");
  const storage: HeadStorage = {
    sql: {
      exec: <Row>(query: string, ...values: readonly unknown[]) =>
        database.prepare(query).all(...(values as SQLInputValue[])) as Row[],
    },
    transactionSync(change) {
      database.exec("SAVEPOINT change");
      try {
        return change();
      } finally {
        database.exec("RELEASE change");
      }
    },
    setAlarm: async () => {},
  };
  tables = new HeadTables(storage);
  const learn = { agreement: 0.9, shadow: 0.05, keep_days: 30 };
  tables.addHead(NAME, { keep_requests: false, question: { key: "key", asked: {} }, learn });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const head = () => tables.head(NAME) as LearningHead;
let number = 0;
function answerOf(label: string, more: Partial<LargeModelAnswer> = {}): LargeModelAnswer {
  const other = label === "a" ? "b" : "a";
  const probabilities = [
    [label, 0.8],
    [other, 0.2],
  ] as const;
  return { text: `state ${number++}`, probabilities, compared: undefined, share: 1, milliseconds: 100, ...more };
}
const many = (count: number, more: (i: number) => LargeModelAnswer = (i) => answerOf(i % 2 ? "a" : "b")) =>
  Array.from({ length: count }, (_, i) => more(i));
const learn = (answers: readonly LargeModelAnswer[], answered = 0) =>
  learnFrom(tables, { head: NAME, answered, answers });
const comparedWith = (version: number, label: string) => answerOf("a", { compared: { version, label }, share: 0.05 });

/** A version of the present revision, which answers. */
function addVersion(version: number, model = "model", at_least: number | null = 0.7): void {
  const { revision } = head();
  const spec = { labels: ["a", "b"] } as unknown as VersionRow["spec"];
  const report = { at_least } as VersionRow["report"];
  const none = new Float32Array(1);
  const parts = { weight: none, bias: none, answers: none };
  tables.addVersion(NAME, { version, created: Date.now(), revision, model, spec, report }, parts);
  tables.activate(NAME, version);
  tables.settle(NAME, revision, null);
  vi.setSystemTime(Date.now() + 1000);
}

describe("a question is taught", () => {
  test("after 50 answers, then when a quarter more have come", () => {
    expect(learn(many(49))).toBe(false);
    expect(learn(many(1))).toBe(true);
    expect(head()).toMatchObject({ revision: 1, taught: 0 });
    addVersion(1);
    expect(learn(many(49))).toBe(false);
    expect(learn(many(1))).toBe(true);
    addVersion(2);
    learn(many(200));
    addVersion(3);
    expect(learn(many(74))).toBe(false);
    expect(learn(many(1))).toBe(true);
  });

  test("not while it is being taught, and not by one label", () => {
    expect(learn(many(60, () => answerOf("a")))).toBe(false);
    expect(learn([answerOf("b")])).toBe(true);
    expect(learn(many(60))).toBe(false);
  });

  test("by the same state once, as it was answered last", () => {
    learn([answerOf("a", { text: "same" }), answerOf("b", { text: "same" })]);
    expect(tables.learned.list(NAME, 0, 10)).toMatchObject([{ text: "same", probabilities: '[["b",0.8],["a",0.2]]' }]);
    expect(tables.label(NAME, "same")).toBe("b");
  });

  test("by people where they differ", () => {
    tables.putExample(NAME, "given", "a", "feedback");
    learn([answerOf("b", { text: "given" }), answerOf("b", { text: "later" })]);
    tables.putExample(NAME, "later", "a", "feedback");
    expect([tables.label(NAME, "given"), tables.label(NAME, "later")]).toEqual(["a", "a"]);
    expect(tables.learned.count(NAME)).toBe(0);
  });

  test("not by states that an example may not be, which are counted", () => {
    learn([answerOf("a", { text: "x".repeat(4097) }), answerOf("a", { text: " " }), answerOf("a", { text: "\ud800" })]);
    expect(tables.learned.count(NAME)).toBe(0);
    expect(describeLearning(tables, head()).days).toMatchObject([{ skipped: 3, upstream: 3 }]);
  });

  test("only if it learns", () => {
    expect(learnFrom(tables, { head: "unknown", answered: 3, answers: many(60) })).toBe(false);
    tables.setSettings(NAME, { keep_requests: false });
    expect(learn(many(60))).toBe(false);
    expect(tables.learned.count(NAME)).toBe(0);
  });
});

describe("a version", () => {
  test("is withdrawn when it surely agrees less often than wanted, and the one before answers", () => {
    addVersion(1);
    addVersion(2);
    learn(many(19, () => comparedWith(2, "b")));
    expect(head().active).toBe(2);
    learn([comparedWith(2, "b")]);
    expect(head()).toMatchObject({ active: 1, previous: 2 });
    expect(describeLearning(tables, head())).toMatchObject({
      measured_agreement: 0,
      withdrawn: [{ version: 2, agreement: 0 }],
    });
  });

  test("stays when it may agree as often as wanted", () => {
    addVersion(1);
    learn(many(100, (i) => comparedWith(1, i % 7 === 0 ? "b" : "a")));
    expect(learningState(tables, head())).toEqual({ atLeast: 0.7, shadow: 0.05 });
  });

  test("answers nothing when there is none before, or only of another model or a withdrawn one, and 50 answers teach anew", () => {
    addVersion(1, "another model");
    addVersion(2);
    learn(many(200));
    tables.settle(NAME, head().revision, null);
    addVersion(3);
    learn(many(20, () => comparedWith(3, "b")));
    expect(head().active).toBe(2);
    learn(many(20, () => comparedWith(2, "b")));
    expect(head().active).toBe(2);
    expect(learningState(tables, head())!.atLeast).toBeNull();
    expect(learn(many(10))).toBe(true);
  });
});

describe("what is kept", () => {
  test("is forgotten after the days that were asked for, with its states", () => {
    learn(many(3));
    vi.setSystemTime(Date.now() + DAY);
    learn(many(2));
    expect(nextExpiry(tables, head())).toBe(1e12 + 30 * DAY);
    vi.setSystemTime(1e12 + 30 * DAY);
    expect(expire(tables, head())).toBe(3);
    expect([tables.learned.count(NAME), tables.countExamples(NAME)]).toEqual([2, 2]);
    expect(nextExpiry(tables, head())).toBe(1e12 + 31 * DAY);
  });

  test("is at most the newest answers", () => {
    learn(many(MOST_ANSWERS + 10));
    expect(tables.learned.count(NAME)).toBe(MOST_ANSWERS);
    expect(tables.countExamples(NAME)).toBe(MOST_ANSWERS);
  });

  test("is all deleted with the head", () => {
    learn([...many(5), comparedWith(1, "b")]);
    tables.removeHead(NAME);
    expect([tables.learned.count(NAME), tables.learned.days(NAME), tables.learned.checks(NAME, 1).count]).toEqual([
      0,
      [],
      0,
    ]);
  });
});

test("tells how much the edge answers, and what that saves", () => {
  learn([...many(30), comparedWith(1, "a"), comparedWith(1, "b")], 70);
  expect(describeLearning(tables, head())).toMatchObject({
    edge_share: 0.7,
    measured_agreement: 0.5,
    saved: { requests: 68, milliseconds: 6800 },
    days: [{ day: "2001-09-09", edge: 70, upstream: 30, checks: 2, agreed: 1 }],
  });
});
