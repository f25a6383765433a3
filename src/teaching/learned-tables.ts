// What the object keeps of questions that learn from a large model: its answers as probabilities of labels beside the examples, how often the edge's own
// answers agreed with it, which versions were withdrawn, and counts by day. SQL and nothing else.
import { type LargeModelAnswer, mostProbableLabel } from "../models/learning.ts";
import type { HeadStorage } from "./tables.ts";

const TABLES = [
  "CREATE TABLE IF NOT EXISTS learned (place INTEGER PRIMARY KEY, head TEXT, probabilities TEXT, weight REAL, at INTEGER)",
  "CREATE TABLE IF NOT EXISTS rounds (head TEXT, revision INTEGER, at INTEGER, PRIMARY KEY (head, revision))",
  "CREATE TABLE IF NOT EXISTS checks (number INTEGER PRIMARY KEY AUTOINCREMENT, head TEXT, version INTEGER, agrees INTEGER)",
  "CREATE TABLE IF NOT EXISTS withdrawn (head TEXT, version INTEGER, at INTEGER, agreement REAL, PRIMARY KEY (head, version))",
  `CREATE TABLE IF NOT EXISTS days (head TEXT, day TEXT, edge INTEGER, upstream INTEGER, checks INTEGER, agreed INTEGER, skipped INTEGER,
    milliseconds REAL, PRIMARY KEY (head, day))`,
];
/** The tables that have rows of a head. */
export const LEARNED_TABLES = ["learned", "rounds", "checks", "withdrawn", "days"];
const MOST_CHECKS = 200;
const MOST_DAYS = 90;

/** What happened to a question on a day, in UTC. */
export interface DayRow {
  readonly day: string;
  /** Requests that the edge answered by itself, and those that the large model answered. */
  readonly edge: number;
  readonly upstream: number;
  /** Answers of the edge that were compared with the large model's, and how many were the same. */
  readonly checks: number;
  readonly agreed: number;
  /** Answers of the large model that were not kept: states longer than an example may be. */
  readonly skipped: number;
  /** What the large model's answers took together. */
  readonly milliseconds: number;
}

export interface WithdrawnRow {
  readonly version: number;
  readonly at: number;
  readonly agreement: number;
}

/** An answer that is kept, as it is listed. */
export interface LearnedRow {
  readonly place: number;
  readonly text: string;
  /** JSON: pairs of a label and its probability. */
  readonly probabilities: string;
  readonly at: number;
}

export class LearnedTables {
  readonly #sql: HeadStorage["sql"];

  constructor({ sql }: HeadStorage) {
    this.#sql = sql;
    for (const table of TABLES) sql.exec(table);
  }

  /** Keeps the large model's answer as an example, unless a person has said what is right. */
  put(head: string, { text, probabilities, share }: LargeModelAnswer): void {
    const label = mostProbableLabel(probabilities);
    const now = Date.now();
    const put = `INSERT INTO examples (head, text, label, source, changed) VALUES (?, ?, ?, 'upstream', ?)
      ON CONFLICT (head, text) DO UPDATE SET label = excluded.label, changed = excluded.changed WHERE source = 'upstream'`;
    this.#sql.exec(put, head, text, label, now);
    const target = `INSERT OR REPLACE INTO learned SELECT place, head, ?, ?, ? FROM examples
      WHERE head = ? AND text = ? AND source = 'upstream'`;
    this.#sql.exec(target, JSON.stringify(probabilities), 1 / share, now, head, text);
  }

  count(head: string, since = 0): number {
    return this.#one<{ count: number }>("SELECT COUNT(*) AS count FROM learned WHERE head = ? AND at > ?", head, since)
      .count;
  }

  /** @param after the last place of the page before, or 0 */
  list(head: string, after: number, limit: number): LearnedRow[] {
    const select = `SELECT place, text, probabilities, at FROM learned JOIN examples USING (place)
      WHERE learned.head = ? AND place > ? ORDER BY place LIMIT ?`;
    return Array.from(this.#sql.exec<LearnedRow>(select, head, after, limit));
  }

  /** Deletes the answers that were kept until then. @returns how many */
  removeUntil(head: string, time: number): number {
    return this.#remove(head, "at <= ?2", time);
  }

  /** Deletes all but the newest. */
  removeBeyond(head: string, kept: number): number {
    return this.#remove(
      head,
      "place NOT IN (SELECT place FROM learned WHERE head = ?1 ORDER BY at DESC, place DESC LIMIT ?2)",
      kept,
    );
  }

  /** Deletes the answer to a state. */
  removeText(head: string, text: string): number {
    return this.#remove(head, "place IN (SELECT place FROM examples WHERE head = ?1 AND text = ?2)", text);
  }

  /** @param condition of the second parameter */
  #remove(head: string, condition: string, value: string | number): number {
    const places = Array.from(
      this.#sql.exec<{ place: number }>(`SELECT place FROM learned WHERE head = ?1 AND ${condition}`, head, value),
    );
    for (const { place } of places) {
      this.#sql.exec("DELETE FROM examples WHERE place = ? AND source = 'upstream'", place);
      this.#sql.exec("DELETE FROM learned WHERE place = ?", place);
    }
    return places.length;
  }

  /** The example stays, as a person's. */
  forget(head: string, text: string): void {
    const forget = "DELETE FROM learned WHERE place IN (SELECT place FROM examples WHERE head = ? AND text = ?)";
    this.#sql.exec(forget, head, text);
  }

  /** Notes that a revision of the examples is of this alone. */
  addRound(head: string, revision: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO rounds VALUES (?, ?, ?)", head, revision, Date.now());
  }

  lastRound(head: string): number {
    return this.#one<{ at: number }>("SELECT COALESCE(MAX(at), 0) AS at FROM rounds WHERE head = ?", head).at;
  }

  /** Whether no person changed the examples after one revision and up to another. */
  isOwnWork(head: string, after: number, until: number): boolean {
    const select = "SELECT COUNT(*) AS count FROM rounds WHERE head = ? AND revision > ? AND revision <= ?";
    return this.#one<{ count: number }>(select, head, after, until).count === until - after;
  }

  /** When the oldest answer was kept. */
  oldest(head: string): number | null {
    return this.#one<{ at: number | null }>("SELECT MIN(at) AS at FROM learned WHERE head = ?", head).at;
  }

  addCheck(head: string, version: number, agrees: boolean): void {
    this.#sql.exec("INSERT INTO checks (head, version, agrees) VALUES (?, ?, ?)", head, version, Number(agrees));
    const forget = `DELETE FROM checks WHERE head = ? AND number <=
      (SELECT number FROM checks WHERE head = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`;
    this.#sql.exec(forget, head, head, MOST_CHECKS);
  }

  /** The newest comparisons of a version. */
  checks(head: string, version: number): { readonly count: number; readonly agreed: number } {
    const select =
      "SELECT COUNT(*) AS count, COALESCE(SUM(agrees), 0) AS agreed FROM checks WHERE head = ? AND version = ?";
    return this.#one(select, head, version);
  }

  withdraw(head: string, version: number, agreement: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO withdrawn VALUES (?, ?, ?, ?)", head, version, Date.now(), agreement);
  }

  withdrawn(head: string): WithdrawnRow[] {
    const select = "SELECT version, at, agreement FROM withdrawn WHERE head = ? ORDER BY version";
    return Array.from(this.#sql.exec<WithdrawnRow>(select, head));
  }

  addToDay(head: string, { edge, upstream, checks, agreed, skipped, milliseconds }: Omit<DayRow, "day">): void {
    const day = new Date().toISOString().slice(0, 10);
    const add = `INSERT INTO days VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (head, day) DO UPDATE SET edge = edge + excluded.edge,
      upstream = upstream + excluded.upstream, checks = checks + excluded.checks, agreed = agreed + excluded.agreed,
      skipped = skipped + excluded.skipped, milliseconds = milliseconds + excluded.milliseconds`;
    this.#sql.exec(add, head, day, edge, upstream, checks, agreed, skipped, milliseconds);
    const forget = `DELETE FROM days WHERE head = ? AND day NOT IN (SELECT day FROM days WHERE head = ? ORDER BY day DESC LIMIT ?)`;
    this.#sql.exec(forget, head, head, MOST_DAYS);
  }

  days(head: string): DayRow[] {
    const select =
      "SELECT day, edge, upstream, checks, agreed, skipped, milliseconds FROM days WHERE head = ? ORDER BY day";
    return Array.from(this.#sql.exec<DayRow>(select, head));
  }

  #one<Row>(query: string, ...values: readonly (string | number)[]): Row {
    return Array.from(this.#sql.exec<Row>(query, ...values))[0]!;
  }
}
