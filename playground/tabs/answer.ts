// Question answering: the answer highlighted in its passage, with the next best to choose from.
import type { Answer } from "../../src/heads/answer-spans.ts";
import { el, group } from "../dom.ts";
import { line, type Tab, text } from "../tab.ts";
import { bars } from "../views/bars.ts";
import { highlight } from "../views/highlight.ts";

const RHINE =
  "The Rhine rises in the Swiss Alps and flows north for about 1,230 kilometres. It forms much of the border between France and Germany, passes Cologne, and reaches the North Sea near Rotterdam, the largest port in Europe.";

export const answer: Tab<readonly Answer[]> = {
  id: "answer",
  title: "Question answering",
  about: "Finds the answer to a question in a passage.",
  fields: [line("question", "Question"), text("context", "Passage")],
  examples: [
    { question: "Where does the Rhine reach the sea?", context: RHINE },
    { question: "How long is the Rhine?", context: RHINE },
    {
      question: "Who wrote the report?",
      context:
        "The report appeared in 1987. It was written by a commission under Gro Harlem Brundtland, then prime minister of Norway.",
    },
  ],
  body: ({ question, context }) => ({ inputs: { question, context }, parameters: { top_k: 3 } }),
  view(answers, { context = "" }) {
    const passage = el("div", { "aria-live": "polite" });
    // Without a label: the highlighted span is the answer, not an entity.
    const spans = answers.map(({ start, end }) => ({ start, end }));
    const show = (index: number) => passage.replaceChildren(highlight(context, spans.slice(index, index + 1)));
    show(0);
    const choices = answers.map(({ answer, score }) => ({ label: answer, score }));
    return group(passage, bars(choices, show));
  },
};
