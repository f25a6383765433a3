// A Durable Object that keeps tags that could not be delivered until they are sent again or expire. Unlike KV, it needs no set-up before a
// deployment, and its lists are always up to date.
import { DurableObject } from "cloudflare:workers";
import type { TagMessage } from "./callback.ts";

/** Tags that could not be delivered. */
export interface DeadLetter extends TagMessage {
  /** When, in ISO 8601. */
  readonly failed_at: string;
}

/** Some dead letters, in the order in which they failed. */
export interface DeadLetterPage {
  readonly dead_letters: readonly DeadLetter[];
  /** Pass it as `after` for the next page; null if this is the last. */
  readonly next: number | null;
}

/** The part of the Durable Object namespace that is used. */
export interface DeadLettersNamespace {
  getByName(name: string): {
    keep(messages: readonly TagMessage[], milliseconds: number): Promise<void>;
    list(limit: number, after: number): Promise<DeadLetterPage>;
    find(id: string): Promise<TagMessage | undefined>;
    remove(id: string): Promise<void>;
  };
}

/** The part of a Durable Object's storage that is used. */
interface LetterStorage {
  readonly sql: { exec<Row>(query: string, ...values: readonly (string | number)[]): Iterable<Row> };
  setAlarm(time: number): Promise<void>;
}
interface Row {
  readonly place: number;
  readonly failed_at: number;
  readonly message: string;
}

const TABLE = `CREATE TABLE IF NOT EXISTS letters (
  place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, message TEXT, failed_at INTEGER, forget_at INTEGER)`;

function withTable(storage: LetterStorage): LetterStorage {
  storage.sql.exec(TABLE);
  return storage;
}

export class DeadLetters extends DurableObject {
  readonly #storage = withTable(this.ctx.storage as unknown as LetterStorage);

  /** Keeps each message for this long. The queue may deliver a message twice; its identifier makes sure that it is kept once. */
  async keep(messages: readonly TagMessage[], milliseconds: number): Promise<void> {
    const now = Date.now();
    const insert = "INSERT OR REPLACE INTO letters (id, message, failed_at, forget_at) VALUES (?, ?, ?, ?)";
    for (const message of messages)
      this.#storage.sql.exec(insert, message.id, JSON.stringify(message), now, now + milliseconds);
    await this.#scheduleExpiry();
  }

  /** @param after `next` of the previous page, or 0 */
  list(limit: number, after: number): DeadLetterPage {
    const rows = this.#rows<Row>("SELECT * FROM letters WHERE place > ? ORDER BY place LIMIT ?", after, limit + 1);
    const page = rows.slice(0, limit);
    return {
      dead_letters: page.map(({ message, failed_at }) => {
        return { ...(JSON.parse(message) as TagMessage), failed_at: new Date(failed_at).toISOString() };
      }),
      next: rows.length > limit ? page.at(-1)!.place : null,
    };
  }

  find(id: string): TagMessage | undefined {
    const [row] = this.#rows<Row>("SELECT * FROM letters WHERE id = ?", id);
    return row && (JSON.parse(row.message) as TagMessage);
  }

  remove(id: string): void {
    this.#storage.sql.exec("DELETE FROM letters WHERE id = ?", id);
  }

  /** Deletes what has expired. */
  async alarm(): Promise<void> {
    this.#storage.sql.exec("DELETE FROM letters WHERE forget_at <= ?", Date.now());
    await this.#scheduleExpiry();
  }

  async #scheduleExpiry(): Promise<void> {
    const [row] = this.#rows<{ next: number | null }>("SELECT MIN(forget_at) AS next FROM letters");
    if (row?.next) await this.#storage.setAlarm(row.next);
  }

  #rows<Found>(query: string, ...values: readonly (string | number)[]): Found[] {
    return Array.from(this.#storage.sql.exec<Found>(query, ...values));
  }
}
