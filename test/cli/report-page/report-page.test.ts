// The page of a trained classifier: what it shows, and that labels and texts of strangers stay texts.
import { expect, test } from "vitest";
import { type Analysis, reportPage } from "../../../src/cli/report-page/report-page.ts";
import { examineRows } from "../../../src/data/report.ts";
import { evaluateClasses } from "../../../src/train/evaluate-classes.ts";

const HOSTILE = `"><script>alert(1)</script><img src=//evil.example onerror='x'>\u202e`;

function page(label: string, text: string, K = 2): string {
  const names = [label, ...Array.from({ length: K - 1 }, (_, k) => `label ${k}`)];
  const logits = Float32Array.from({ length: 2 * K }, (_, i) => (i % K === 1 ? 3 : 0));
  const report = evaluateClasses(logits, Int32Array.of(0, 1), names, 1);
  const table = {
    name: text,
    columns: ["text", "label", text],
    rows: [
      { text, label },
      { text, label: "label 0" },
    ],
  };
  const { report: data } = examineRows([table], { text: "text", label: "label" });
  const analysis: Analysis = {
    learning_curve: [
      { examples: 4, accuracy: 0.5 },
      { examples: 8, accuracy: 0.75 },
    ],
    reliability: [{ from: 0.9, to: 1, examples: 2, confidence: 0.95, accuracy: 0.5 }],
    suspects: [
      {
        index: 0,
        label,
        probability: 0.05,
        predicted: "label 0",
        predicted_probability: 0.95,
        file: text,
        row: 1,
        text,
      },
    ],
    needs_examples: [{ label, examples: 1, recall: 0 }],
  };
  const files = {
    data: { ...data, files: [{ file: text, format: "csv", encoding: "utf-8" as const, rows: 2 }] },
    notes: [text],
  };
  return reportPage({ name: "topic", files, report, analysis, test: report });
}

test("the page has every part, with its figures", () => {
  const text = page("delivery", "late again");
  for (const part of ["Accuracy 50.0 %", "The data", "Labels that need examples", "Rows whose labels look wrong"])
    expect(text).toContain(part);
  expect(text).toContain(`<polyline class="line" points="50,50 100,25"/>`);
  expect(text).toContain(`x="90.5" y="50" width="9" height="50"`);
  expect(text).toContain(`<td class="wrong" style="--share:1.00">1</td>`);
  expect(text).toContain("<bdi>late again, row 1</bdi>");
  expect(text).toContain("On 2 examples of the test file.");
});

test("of many labels, the pairs that are confused stand in the place of a matrix", () => {
  expect(page("a", "b", 30)).toContain('class="matrix"');
  const text = page("a", "b", 31);
  expect(text).not.toContain('class="matrix"');
  expect(text).toContain("<th>taken for</th>");
});

test("hostile labels, texts and file names stay texts, and the page fetches and runs nothing", () => {
  const text = page(HOSTILE, HOSTILE);
  const tags = new Set([...text.matchAll(/<\/?([a-z][a-z0-9]*)/gi)].map(([, name]) => name!.toLowerCase()));
  const harmless =
    "html head meta title style body h1 h2 h3 p div table tr th td ul li bdi svg line text polyline circle rect".split(
      " ",
    );
  expect([...tags].filter((name) => !harmless.includes(name))).toEqual([]);
  expect(text).toContain("&lt;script&gt;");
  expect(text).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  // Attributes are ours alone: none is an address or a handler.
  const attributes = [...text.matchAll(/<[a-z][^>]*>/gi)].flatMap(([tag]) => [...tag.matchAll(/\s([a-z-]+)=/g)]);
  expect(attributes.filter(([, name]) => /^(on|src|href)/.test(name!))).toEqual([]);
});
