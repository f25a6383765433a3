// A trie as one array (Aoe, "An efficient digital search algorithm by using a double-array structure", 1989): from a node, the child by a label is
// at `base(node) + label`, if the unit there names that label. What a key has behind its last branch is not in the trie: who looks a key up
// compares it with the key. Built once, at conversion; read in place.

/** A unit: the label that leads to it, whether it is a leaf, and above them a leaf's value, or the base of its children. */
const LABEL_MASK = 0x1ff;
const LEAF = 0x200;
const SHIFT = 10;
/** The label of the leaf of a key that others begin with; a byte's label is the byte + 2. */
const END = 1;

/** A key's bytes and its value, at least 0 and below 2^22. */
export interface TrieEntry {
  readonly key: Uint8Array;
  readonly value: number;
}

/** One row of work: the node, the entries below it, and how long their common prefix is. */
interface Branch {
  readonly node: number;
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

/**
 * Units of a trie; the root is unit 0. A unit that is free is 0.
 *
 * @param entries sorted by key, without equal ones and without an empty one
 */
export function buildDoubleArray(entries: readonly TrieEntry[]): Int32Array<ArrayBuffer> {
  const space = new Space();
  const queue: Branch[] = [{ node: 0, from: 0, to: entries.length, depth: 0 }];
  for (let branch = queue.pop(); branch; branch = queue.pop()) {
    const { labels, starts } = childrenOf(entries, branch);
    const base = space.place(labels);
    space.units[branch.node]! |= base << SHIFT;
    for (const [i, label] of labels.entries()) {
      const node = base + label;
      const [from, to] = [starts[i]!, starts[i + 1]!];
      space.units[node] = label;
      if (to - from === 1) space.units[node]! |= (entries[from]!.value << SHIFT) | LEAF;
      else queue.push({ node, from, to, depth: branch.depth + 1 });
    }
  }
  return space.units.slice(0, space.end);
}

/** The labels below a node in ascending order, and where the entries of each begin. */
function childrenOf(
  entries: readonly TrieEntry[],
  { from, to, depth }: Branch,
): { labels: number[]; starts: number[] } {
  const labels: number[] = [];
  const starts: number[] = [];
  for (let i = from; i < to; i++) {
    const { key } = entries[i]!;
    const label = depth === key.length ? END : key[depth]! + 2;
    if (label === labels.at(-1)) continue;
    labels.push(label);
    starts.push(i);
  }
  starts.push(to);
  return { labels, starts };
}

/** Finds room for the children of a node among the free units. No two nodes have the same base, so that a label alone tells whose child a unit is. */
class Space {
  units = new Int32Array(1 << 16);
  /** One more than the last unit in use. */
  end = 1;
  #taken = new Uint8Array(1 << 16);
  #isBase = new Uint8Array(1 << 16);
  /** Where to look first. */
  #from = 1;

  /** A base for children with these labels, whose units are taken. */
  place(labels: readonly number[]): number {
    const first = labels[0]!;
    while (this.#taken[this.#from]) this.#from++;
    let tries = 0;
    for (let unit = Math.max(this.#from, first); ; unit++) {
      // What did not fit so often is left free.
      if (++tries === MOST_TRIES) this.#from += MOST_TRIES / 2;
      const base = unit - first;
      this.#reserve(base + LABEL_MASK + 1);
      if (this.#taken[unit]) continue;
      if (!this.#isBase[base] && labels.every((label) => !this.#taken[base + label])) {
        this.#isBase[base] = 1;
        for (const label of labels) this.#taken[base + label] = 1;
        this.end = Math.max(this.end, base + labels.at(-1)! + 1);
        return base;
      }
    }
  }

  #reserve(units: number): void {
    if (units <= this.units.length) return;
    const size = 2 * units;
    this.units = copied(new Int32Array(size), this.units);
    this.#taken = copied(new Uint8Array(size), this.#taken);
    this.#isBase = copied(new Uint8Array(size), this.#isBase);
  }
}

const MOST_TRIES = 1024;

function copied<A extends { set(values: A): void }>(to: A, from: A): A {
  to.set(from);
  return to;
}

/** The index of the child of `node` by `byte`; 0 if there is none. */
export function childOf(units: Int32Array, node: number, byte: number): number {
  const child = (units[node]! >>> SHIFT) + byte + 2;
  return child < units.length && (units[child]! & LABEL_MASK) === byte + 2 ? child : 0;
}

/** The value of the one key that leads here, of which more may be left to compare; -1 for a node that is not a leaf. */
export function leafAt(units: Int32Array, node: number): number {
  const unit = units[node]!;
  return unit & LEAF ? unit >>> SHIFT : -1;
}

/** The value of the key that ends at a node with children; -1 if none does. */
export function valueAt(units: Int32Array, node: number): number {
  const unit = units[(units[node]! >>> SHIFT) + END];
  return unit !== undefined && (unit & LABEL_MASK) === END ? unit >>> SHIFT : -1;
}
