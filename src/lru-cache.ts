// A map of bounded size that forgets what was used longest ago.

export class LruCache<Value> {
  readonly #limit: number;
  readonly #sizeOf: (value: Value) => number;
  readonly #entries = new Map<string, Value>();
  #size = 0;

  /**
   * @param limit of all keys and values together, keys in UTF-16 units
   * @param sizeOf the size of a value, which must not change
   */
  constructor(limit: number, sizeOf: (value: Value) => number) {
    this.#limit = limit;
    this.#sizeOf = sizeOf;
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  /** Keeps the value, unless it is larger than the whole cache. */
  set(key: string, value: Value): void {
    this.delete(key);
    const size = key.length + this.#sizeOf(value);
    if (size > this.#limit) return;
    while (this.#size + size > this.#limit) this.delete(this.#entries.keys().next().value!);
    this.#entries.set(key, value);
    this.#size += size;
  }

  delete(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#size -= key.length + this.#sizeOf(value);
  }
}
