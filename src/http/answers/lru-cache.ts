// A bounded map that forgets what was used longest ago. Strings only, so that its size can be counted.

export class LruCache {
  readonly #limit: number;
  readonly #entries = new Map<string, string>();
  #characters = 0;

  /** @param limit UTF-16 units of all keys and values together */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): string | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  /** Keeps the value, unless it is larger than the whole cache. */
  set(key: string, value: string): void {
    this.#delete(key);
    const size = key.length + value.length;
    if (size > this.#limit) return;
    while (this.#characters + size > this.#limit) this.#delete(this.#entries.keys().next().value!);
    this.#entries.set(key, value);
    this.#characters += size;
  }

  #delete(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#characters -= key.length + value.length;
  }
}
