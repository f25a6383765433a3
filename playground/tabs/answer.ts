// Question answering: the answer marked in its passage, and the next best to choose from.
import type { Answer } from "../../src/heads/answer-spans.ts";
import { el, group } from "../dom.ts";
import type { Tab } from "../tab.ts";
import { bars } from "../views/bars.ts";
import { highlight } from "../views/highlight.ts";

const RHINE =
  "The Rhine rises in the Swiss Alps and flows north for about 1,230 kilometres. It forms much of the border between France and Germany, passes Cologne, and reaches the North Sea near Rotterdam, the largest port in Europe.";

export const answer: Tab<Answer[]> = {
  id: "answer",
  title: "Question answering",
  about: "Where in a passage the answer to a question stands.",
  path: "/answer",
  fields: [
    { kind: "line", name: "question", label: "Question" },
    { kind: "text", name: "context", label: "Passage" },
  ],
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
    const show = (index: number) => passage.replaceChildren(highlight(context, answers.slice(index, index + 1)));
    const found = answers.map(({ answer, score }) => ({ label: answer, score }));
    // Without a label the span is the answer itself, not an entity.
    show(0);
    return group(passage, bars(found, show));
  },
};
