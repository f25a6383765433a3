// Values cannot break the HTML they are put into.
import { describe, expect, test } from "vitest";
import { html } from "../../../src/cli/report-page/html.ts";

describe("a value is text, wherever it stands", () => {
  test.each([
    ["<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
    ["</title><img src=x onerror=alert(1)>", "&lt;/title&gt;&lt;img src=x onerror=alert(1)&gt;"],
    [`" onmouseover='x' \``, "&quot; onmouseover=&#39;x&#39; &#96;"],
    ["&lt;", "&amp;lt;"],
    ["a\u0000b\u001b[31m\u0085", "a\uFFFDb\uFFFD[31m\uFFFD"],
    ["\ud800", "\uFFFD"],
    ["a\tb\nc", "a\tb\nc"],
  ])("%j", (value, wanted) => {
    expect(html`<p title="${value}">${value}</p>`.toString()).toBe(`<p title="${wanted}">${wanted}</p>`);
  });
});

test("HTML inside HTML stays HTML, in lists too", () => {
  const items = ["a", "<b>"].map((text) => html`<li>${text}</li>`);
  expect(html`<ul>${items}</ul>${3}`.toString()).toBe("<ul><li>a</li><li>&lt;b&gt;</li></ul>3");
});
