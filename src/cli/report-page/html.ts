// HTML that cannot be broken by what is put into it: every value is escaped, unless it is HTML by this template already.

export class Html {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

type Value = string | number | Html | readonly Html[];

/**
 * @example
 * html`<p>${"<b>"}</p>`.toString(); // "<p>&lt;b&gt;</p>"
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  const text = parts.map((part, index) => part + (index < values.length ? render(values[index]!) : ""));
  return new Html(text.join(""));
}

function render(value: Value): string {
  if (value instanceof Html) return value.toString();
  return typeof value === "object" ? value.join("") : escapeHtml(String(value));
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/** Characters that mean something in HTML become references; control characters, which HTML forbids, U+FFFD. */
function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[&<>"'`]/g, (character) => ESCAPES[character]!)
    .replace(/[^\P{Cc}\t\n\r]/gu, "\uFFFD");
}
