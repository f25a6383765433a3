// Labelled texts in any number, no two alike: sentences of a customer, put together from parts.
import type { Example } from "../../src/train/train-head.ts";

const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  delivery: ["my parcel has not arrived", "the courier never came", "the package is late", "where is my order"],
  refund: ["I want my money back", "please refund me", "I was charged twice", "the repayment is missing"],
  login: ["I cannot sign in", "my password is rejected", "the account is locked", "the code never comes"],
};
const PLACES = ["in Berlin", "at home", "in the office", "at the shop", "in Lyon", "in Porto", "on the phone"];
const ENDS = ["please help", "it is urgent", "thank you", "this is annoying", "what now", "as I said", "once more"];

/** So many examples, their labels in turn. */
export function inventExamples(count: number): readonly (Example & { readonly label: string })[] {
  const labels = Object.keys(SUBJECTS);
  return Array.from({ length: count }, (_, i) => {
    const label = labels[i % labels.length]!;
    const pick = (parts: readonly string[], by: number) => parts[Math.floor(i / by) % parts.length]!;
    return { text: `${pick(SUBJECTS[label]!, 3)} ${pick(PLACES, 12)}, ${pick(ENDS, 84)}, number ${i}`, label };
  });
}
