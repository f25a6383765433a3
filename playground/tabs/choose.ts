// Multiple choice: which text goes best with a prompt.
import type { Choice } from "../../src/heads/multiple-choice.ts";
import { lines, type Tab } from "../tab.ts";
import { bars } from "../views/bars.ts";

export const choose: Tab<Choice[]> = {
  id: "choose",
  title: "Multiple choice",
  about: "Which of several answers goes best with what is said and asked.",
  path: "/choose",
  fields: [
    { kind: "text", name: "prompt", label: "Passage and question" },
    { kind: "lines", name: "choices", label: "Choices" },
  ],
  examples: [
    {
      prompt: "The Rhine passes Cologne and reaches the sea near Rotterdam. Which city does the Rhine pass?",
      choices: "Madrid\nCologne\nVienna\nOslo",
    },
    {
      prompt: "The bridge was opened in 1894 by the queen. When was the bridge opened?",
      choices: "1894\n1912\nin the morning\nby the queen",
    },
  ],
  body: ({ prompt, choices }) => ({ inputs: { prompt, choices: lines(choices) } }),
  view: (choices) => bars(choices.map(({ choice, score }) => ({ label: choice, score }))),
};
