// What a Durable Object keeps of taught heads: settings, examples with their vectors, versions with their weights, requests to review. SQL and
// nothing else; every method leaves the tables consistent, because it runs without a pause.
import type { HeadSpec } from "../architectures/head-spec.ts";
import { LIMITS } from "../tasks/limits.ts";
import type { Vectors } from "../train/linear-head.ts";
import { LEARNED_TABLES, LearnedTables } from "./learned-tables.ts";

type Value = string | number | null | Uint8Array;
/** The part of a Durable Object's storage that is used. */
export interface HeadStorage {
  readonly sql: { exec<Row>(query: string, ...values: readonly Value[]): Iterable<Row> };
  transactionSync<T>(change: () => T): T;
  setAlarm(time: number): Promise<void>;
}

/** What a head is taught with. */
export interface HeadSettings {
  readonly strength?: number | undefined;
  readonly balanced?: boolean | undefined;
  readonly precision?: number | undefined;
  /** Whether what it answers is kept for its review. */
  readonly keep_requests: boolean;
  /** The question that it answers. */
  readonly question?: TaughtForm | undefined;
  /** How its question learns from a large model. */
  readonly learn?: LearnSettings | undefined;
}

export interface LearnSettings {
  /** How often the edge's own answers should be the large model's. */
  readonly agreement: number;
  /** Which part of the edge's own answers is compared. */
  readonly shadow: number;
  /** How long answers of the large model are kept. */
  readonly keep_days: number;
}

export interface TaughtForm {
  /** By `questionKey`. */
  readonly key: string;
  /** The question as it was given. */
  readonly asked: unknown;
}

export interface HeadRow {
  readonly name: string;
  /** Tells it from another of its name, before or after it. */
  readonly id: string;
  readonly created: number;
  readonly settings: HeadSettings;
  /** The version that answers, and the one before it. */
  readonly active: number | null;
  readonly previous: number | null;
  /** Counts the changes of the examples. */
  readonly revision: number;
  /** The revision that was last taught, or given up. */
  readonly taught: number;
  /** How often teaching the revision was begun. */
  readonly attempts: number;
  /** Why the last revision was given up. */
  readonly failure: string | null;
}

export interface ExampleRow {
  readonly place: number;
  readonly text: string;
  readonly label: string;
  readonly source: Source;
  readonly changed: number;
}
/** Where an example came from. */
export type Source = GivenSource | "upstream";
/** Where an example of a person came from. */
export type GivenSource = "examples" | "feedback";

/** An example as teaching reads it. */
export interface TaughtExample extends Pick<ExampleRow, "place" | "text" | "label"> {
  readonly truncated: boolean;
  /** Of the large model that answered it: how probable each label is, and how many requests it stands for. */
  readonly learned: { readonly probabilities: ReadonlyMap<string, number>; readonly weight: number } | undefined;
}

export interface TaughtExamples {
  readonly examples: readonly TaughtExample[];
  readonly vectors: Vectors;
}

export interface VersionRow {
  readonly version: number;
  readonly created: number;
  readonly revision: number;
  /** The digest of the model. */
  readonly model: string;
  readonly spec: HeadSpec;
  readonly report: Report;
}

/** What is known of a version: measured on examples that were held back. */
export interface Report {
  readonly examples: number;
  /** Texts that the model did not read to their end. */
  readonly truncated: number;
  readonly accuracy: number;
  readonly accuracy_interval: readonly [number, number];
  readonly macro_f1: number;
  readonly temperature: number;
  readonly calibration_error: readonly [before: number, after: number];
  readonly labels: readonly {
    readonly label: string;
    readonly examples: number;
    readonly precision: number;
    readonly recall: number;
  }[];
  /** Where it learns: from which probability on it agrees with the large model, null for none; left out while too little is known. */
  readonly at_least?: number | null;
  /** The examples whose labels are most likely wrong. */
  readonly doubts: readonly {
    readonly text: string;
    readonly label: string;
    readonly predicted: string;
    readonly probability: number;
  }[];
}

/** A request that a head answered. */
export interface RequestRow {
  readonly request_id: string;
  readonly place: number;
  readonly text: string;
  readonly label: string;
  readonly score: number;
  readonly at: number;
}

const TABLES = [
  `CREATE TABLE IF NOT EXISTS heads (name TEXT PRIMARY KEY, id TEXT, created INTEGER, settings TEXT, active INTEGER, previous INTEGER,
    revision INTEGER, taught INTEGER, attempts INTEGER, failure TEXT)`,
  `CREATE TABLE IF NOT EXISTS examples (place INTEGER PRIMARY KEY AUTOINCREMENT, head TEXT, text TEXT, label TEXT, source TEXT,
    changed INTEGER, model TEXT, truncated INTEGER, vector BLOB, UNIQUE (head, text))`,
  `CREATE TABLE IF NOT EXISTS versions (head TEXT, version INTEGER, created INTEGER, revision INTEGER, model TEXT, spec TEXT, report TEXT,
    PRIMARY KEY (head, version))`,
  "CREATE TABLE IF NOT EXISTS parts (head TEXT, version INTEGER, kind TEXT, part INTEGER, bytes BLOB, PRIMARY KEY (head, version, kind, part))",
  `CREATE TABLE IF NOT EXISTS requests (number INTEGER PRIMARY KEY AUTOINCREMENT, head TEXT, request_id TEXT, place INTEGER, text TEXT,
    label TEXT, score REAL, at INTEGER, UNIQUE (head, request_id, place))`,
];
const OF_HEADS = ["examples", "versions", "parts", "requests", ...LEARNED_TABLES];

// A value of a Durable Object's table may have 2 MB.
const PART_BYTES = 2 ** 20;

/** The kinds of bytes that a version has: f32 [K][H] and [K], and i32 pairs of an example's place and the label it was given. */
type PartKind = "weight" | "bias" | "answers";

export class HeadTables {
  readonly learned: LearnedTables;
  readonly #storage: HeadStorage;

  constructor(storage: HeadStorage) {
    this.#storage = storage;
    for (const table of TABLES) storage.sql.exec(table);
    this.learned = new LearnedTables(storage);
  }

  /** All that `change` does, or nothing of it. */
  atomically<T>(change: () => T): T {
    return this.#storage.transactionSync(change);
  }

  heads(): HeadRow[] {
    return this.#rows<HeadRow & { settings: string }>("SELECT * FROM heads ORDER BY name").map(toHead);
  }

  head(name: string): HeadRow | undefined {
    return this.#rows<HeadRow & { settings: string }>("SELECT * FROM heads WHERE name = ?", name).map(toHead)[0];
  }

  /** Heads whose examples have changed since they were taught. */
  pending(): HeadRow[] {
    const select = "SELECT * FROM heads WHERE revision > taught ORDER BY created";
    return this.#rows<HeadRow & { settings: string }>(select).map(toHead);
  }

  addHead(name: string, settings: HeadSettings): void {
    const insert = "INSERT INTO heads VALUES (?, ?, ?, ?, NULL, NULL, 0, 0, 0, NULL)";
    this.#run(insert, name, crypto.randomUUID(), Date.now(), JSON.stringify(settings));
  }

  setSettings(name: string, settings: HeadSettings): void {
    this.#run("UPDATE heads SET settings = ? WHERE name = ?", JSON.stringify(settings), name);
  }

  removeHead(name: string): void {
    for (const table of OF_HEADS) this.#run(`DELETE FROM ${table} WHERE head = ?`, name);
    this.#run("DELETE FROM heads WHERE name = ?", name);
  }

  /** Counts a change of the head's examples. */
  revise(name: string): void {
    this.#run("UPDATE heads SET revision = revision + 1, attempts = 0, failure = NULL WHERE name = ?", name);
  }

  countAttempt(name: string): void {
    this.#run("UPDATE heads SET attempts = attempts + 1 WHERE name = ?", name);
  }

  resetAttempts(name: string): void {
    this.#run("UPDATE heads SET attempts = 0 WHERE name = ?", name);
  }

  settle(name: string, revision: number, failure: string | null): void {
    this.#run("UPDATE heads SET taught = ?, attempts = 0, failure = ? WHERE name = ?", revision, failure, name);
  }

  activate(name: string, version: number): void {
    this.#run("UPDATE heads SET previous = active, active = ? WHERE name = ?", version, name);
  }

  // Examples.

  countExamples(name: string): number {
    return this.#count("SELECT COUNT(*) AS count FROM examples WHERE head = ?", name);
  }

  labels(name: string): { readonly label: string; readonly examples: number }[] {
    return this.#rows(
      "SELECT label, COUNT(*) AS examples FROM examples WHERE head = ? GROUP BY label ORDER BY label",
      name,
    );
  }

  label(name: string, text: string): string | undefined {
    return this.#rows<ExampleRow>("SELECT label FROM examples WHERE head = ? AND text = ?", name, text)[0]?.label;
  }

  /** The texts of the examples that people gave. */
  texts(name: string): string[] {
    return this.#rows<ExampleRow>("SELECT text FROM examples WHERE head = ? AND source <> 'upstream'", name).map(
      ({ text }) => text,
    );
  }

  /** A text that is there already keeps its place and its vector. What a large model said of it no longer counts. */
  putExample(name: string, text: string, label: string, source: GivenSource): void {
    this.learned.forget(name, text);
    const put = `INSERT INTO examples (head, text, label, source, changed) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (head, text) DO UPDATE SET label = excluded.label, source = excluded.source, changed = excluded.changed`;
    this.#run(put, name, text, label, source, Date.now());
  }

  removeExample(name: string, text: string): void {
    this.learned.removeText(name, text);
    this.#run("DELETE FROM examples WHERE head = ? AND text = ?", name, text);
  }

  /** @param after the last place of the page before, or 0 */
  examples(name: string, after: number, limit: number): ExampleRow[] {
    const select =
      "SELECT place, text, label, source, changed FROM examples WHERE head = ? AND place > ? ORDER BY place LIMIT ?";
    return this.#rows(select, name, after, limit);
  }

  /** Examples that this model has not read yet. */
  unread(name: string, model: string, limit: number): Pick<ExampleRow, "place" | "text">[] {
    const select = "SELECT place, text FROM examples WHERE head = ? AND model IS NOT ? ORDER BY place LIMIT ?";
    return this.#rows(select, name, model, limit);
  }

  putVector(place: number, model: string, vector: Float32Array, truncated: boolean): void {
    const update = "UPDATE examples SET model = ?, truncated = ?, vector = ? WHERE place = ?";
    this.#run(update, model, Number(truncated), toBytes(vector), place);
  }

  /** Those that the model has read, with their vectors [N][H] side by side. */
  taughtExamples(name: string, model: string, H: number): TaughtExamples {
    type Row = Omit<TaughtExample, "truncated" | "learned"> & {
      vector: ArrayBuffer;
      truncated: number;
      probabilities: string | null;
      weight: number;
    };
    const count = this.#count("SELECT COUNT(*) AS count FROM examples WHERE head = ? AND model = ?", name, model);
    const values = new Float32Array(count * H);
    const select = `SELECT place, text, label, truncated, vector, probabilities, weight FROM examples
      LEFT JOIN learned USING (place) WHERE examples.head = ? AND model = ? ORDER BY place`;
    const examples: TaughtExample[] = [];
    for (const row of this.#storage.sql.exec<Row>(select, name, model)) {
      const { place, text, label, truncated, vector, probabilities, weight } = row;
      values.set(new Float32Array(vector), examples.length * H);
      const learned =
        probabilities === null
          ? undefined
          : { probabilities: new Map(JSON.parse(probabilities) as [string, number][]), weight };
      examples.push({ place, text, label, truncated: truncated === 1, learned });
    }
    return { examples, vectors: { values, width: H } };
  }

  // Versions.

  versions(name: string): VersionRow[] {
    return this.#rows<StoredVersion>("SELECT * FROM versions WHERE head = ? ORDER BY version", name).map(toVersion);
  }

  version(name: string, version: number): VersionRow | undefined {
    const select = "SELECT * FROM versions WHERE head = ? AND version = ?";
    return this.#rows<StoredVersion>(select, name, version).map(toVersion)[0];
  }

  addVersion(name: string, row: VersionRow, parts: Readonly<Record<PartKind, Float32Array | Int32Array>>): void {
    const { version, created, revision, model, spec, report } = row;
    const insert = "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?)";
    this.#run(insert, name, version, created, revision, model, JSON.stringify(spec), JSON.stringify(report));
    for (const [kind, values] of Object.entries(parts)) {
      const bytes = toBytes(values);
      for (let part = 0; part * PART_BYTES < bytes.length; part++) {
        const piece = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
        this.#run("INSERT INTO parts VALUES (?, ?, ?, ?, ?)", name, version, kind, part, piece);
      }
    }
  }

  /** Forgets all versions: nothing answers until the head is taught anew. */
  removeVersions(name: string): void {
    for (const table of ["versions", "parts"]) this.#run(`DELETE FROM ${table} WHERE head = ?`, name);
    this.#run("UPDATE heads SET active = NULL, previous = NULL WHERE name = ?", name);
  }

  /** The bytes of a version, empty where there are none. */
  bytes(name: string, version: number, kind: PartKind): ArrayBuffer {
    const select = "SELECT bytes FROM parts WHERE head = ? AND version = ? AND kind = ? ORDER BY part";
    const pieces = this.#rows<{ bytes: ArrayBuffer }>(select, name, version, kind).map(({ bytes }) => bytes);
    const all = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
    let at = 0;
    for (const piece of pieces) {
      all.set(new Uint8Array(piece), at);
      at += piece.byteLength;
    }
    return all.buffer;
  }

  /** Forgets the oldest versions beyond those that are kept; never the one that answers, and the one before it. */
  prune({ name, active, previous }: Pick<HeadRow, "name" | "active" | "previous">): void {
    const versions = this.versions(name).map(({ version }) => version);
    const kept = new Set([...versions.slice(-LIMITS.head_versions), active, previous]);
    for (const version of versions) {
      if (kept.has(version)) continue;
      for (const table of ["versions", "parts"])
        this.#run(`DELETE FROM ${table} WHERE head = ? AND version = ?`, name, version);
    }
  }

  // Requests.

  keepRequest(name: string, { request_id, place, text, label, score, at }: RequestRow): void {
    const insert =
      "INSERT OR REPLACE INTO requests (head, request_id, place, text, label, score, at) VALUES (?, ?, ?, ?, ?, ?, ?)";
    this.#run(insert, name, request_id, place, text, label, score, at);
  }

  forgetOldRequests(name: string): void {
    const forget = `DELETE FROM requests WHERE head = ? AND number <=
      (SELECT number FROM requests WHERE head = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`;
    this.#run(forget, name, name, LIMITS.kept_requests);
  }

  request(name: string, requestId: string, place: number): RequestRow | undefined {
    const select = "SELECT * FROM requests WHERE head = ? AND request_id = ? AND place = ?";
    return this.#rows<RequestRow>(select, name, requestId, place)[0];
  }

  /** The least certain first, each text once, without those that are examples. */
  review(name: string, limit: number): RequestRow[] {
    const select = `SELECT request_id, place, text, label, MIN(score) AS score, at FROM requests WHERE head = ?
      AND text NOT IN (SELECT text FROM examples WHERE head = ?) GROUP BY text ORDER BY score LIMIT ?`;
    return this.#rows(select, name, name, limit);
  }

  #run(query: string, ...values: readonly Value[]): void {
    this.#storage.sql.exec(query, ...values);
  }

  #rows<Row>(query: string, ...values: readonly Value[]): Row[] {
    return Array.from(this.#storage.sql.exec<Row>(query, ...values));
  }

  #count(query: string, ...values: readonly Value[]): number {
    return this.#rows<{ count: number }>(query, ...values)[0]!.count;
  }
}

/** A version with its spec and its report as JSON. */
type StoredVersion = Omit<VersionRow, "spec" | "report"> & { readonly spec: string; readonly report: string };

function toVersion(row: StoredVersion): VersionRow {
  return { ...row, spec: JSON.parse(row.spec), report: JSON.parse(row.report) };
}

function toHead(row: HeadRow & { readonly settings: unknown }): HeadRow {
  return { ...row, settings: JSON.parse(row.settings as unknown as string) };
}

function toBytes({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
