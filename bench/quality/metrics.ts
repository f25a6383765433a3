// The scores of the tasks, as their papers define them. Each takes predictions and gold, and gives 0 to 100.

export function accuracy(predicted: readonly string[], gold: readonly string[]): number {
  return (100 * predicted.filter((label, i) => label === gold[i]).length) / gold.length;
}

/** Spearman's rank correlation; equal values share their mean rank. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    xy += (x[i]! - mean) * (y[i]! - mean);
    xx += (x[i]! - mean) ** 2;
    yy += (y[i]! - mean) ** 2;
  }
  return (100 * xy) / Math.sqrt(xx * yy);
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const result = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) result[order[i]!] = (start + end - 1) / 2;
    start = end;
  }
  return result;
}

/** F1 over spans of BIO tags, exact in both ends and label (CoNLL 2000). */
export function spanF1(predicted: readonly (readonly string[])[], gold: readonly (readonly string[])[]): number {
  let [right, found, wanted] = [0, 0, 0];
  for (const [i, tags] of gold.entries()) {
    const [a, b] = [spans(predicted[i]!), spans(tags)];
    found += a.size;
    wanted += b.size;
    right += [...a].filter((span) => b.has(span)).length;
  }
  return (100 * 2 * right) / Math.max(1, found + wanted);
}

function spans(tags: readonly string[]): Set<string> {
  const result = new Set<string>();
  for (let start = 0; start < tags.length; ) {
    const [mark, label] = split(tags[start]!);
    let end = start + 1;
    if (mark !== "O") {
      while (end < tags.length && tags[end] === `I-${label}`) end++;
      result.add(`${start} ${end} ${label}`);
    }
    start = end;
  }
  return result;
}

function split(tag: string): [string, string] {
  return [tag.slice(0, 1), tag.slice(2)];
}

/** SQuAD's exact match and F1 of one answer: the best over the gold answers. */
export function answerScores(predicted: string, gold: readonly string[]): { exact: number; f1: number } {
  const scores = gold.map((answer) => ({
    exact: normalize(predicted) === normalize(answer) ? 100 : 0,
    f1: wordF1(normalize(predicted).split(" "), normalize(answer).split(" ")),
  }));
  return { exact: Math.max(...scores.map(({ exact }) => exact)), f1: Math.max(...scores.map(({ f1 }) => f1)) };
}

function normalize(text: string): string {
  const words = text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, "")
    .split(/\s+/);
  return words.filter((word) => word && !["a", "an", "the"].includes(word)).join(" ");
}

function wordF1(predicted: readonly string[], gold: readonly string[]): number {
  const left = [...gold];
  let common = 0;
  for (const word of predicted) {
    const at = left.indexOf(word);
    if (at < 0) continue;
    left.splice(at, 1);
    common++;
  }
  return (100 * 2 * common) / (predicted.length + gold.length);
}
