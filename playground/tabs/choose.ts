// Multiple choice: the text that best completes or answers a prompt.
import type { Choice } from "../../src/heads/multiple-choice.ts";
import { lines, splitLines, type Tab, text } from "../tab.ts";
import { bars } from "../views/bars.ts";

export const choose: Tab<readonly Choice[]> = {
  id: "choose",
  title: "Multiple choice",
  about: "Picks the best answer to a question about a passage.",
  fields: [text("prompt", "Passage and question"), lines("choices", "Choices")],
  examples: [
    {
      prompt: "The Rhine passes Cologne and reaches the sea near Rotterdam. Which city does the Rhine pass?",
      choices: "Madrid\nCologne\nVienna\nOslo",
    },
    {
      prompt: "Tom left his umbrella at home and got wet. Why did Tom get wet?",
      choices: "He had no umbrella.\nHe fell into a river.\nHe likes swimming.",
    },
  ],
  body: ({ prompt, choices }) => ({ inputs: { prompt, choices: splitLines(choices) } }),
  view: (choices) => bars(choices.map(({ choice, score }) => ({ label: choice, score }))),
};
