// CoNLL: a token per line, its tag in the last column, and an empty line after each sentence.
import { invalid, type Row, type Table, type TextSpan, tableOf } from "./table.ts";

/**
 * @returns rows of `text` (the words, with spaces between), `words`, `tags` and `spans`
 * @throws BertletError `invalid_input` for a line of one column, and for a tag that is none of IOB, IOB2, IOBES or BILOU
 * @example
 * readConll("Ada B-PER\nwrites O\n").rows[0]; // { text: "Ada writes", words: ["Ada", "writes"], tags: ["B-PER", "O"], spans: [{ start: 0, end: 3, label: "PER" }] }
 */
export function readConll(text: string): Table {
  const rows: Row[] = [];
  let [words, tags]: [string[], string[]] = [[], []];
  const endSentence = () => {
    if (words.length > 0) rows.push({ text: words.join(" "), words, tags, spans: spansOf(words, tags) });
    [words, tags] = [[], []];
  };
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") endSentence();
    if (line.trim() === "" || line.startsWith("-DOCSTART-") || isComment(line)) continue;
    const fields = line.includes("\t") ? line.split("\t") : line.trim().split(/ +/);
    const tag = fields.at(-1)!.trim();
    if (fields.length < 2) throw invalid(`line ${index + 1} has no tag`);
    if (!/^(O|[BIESLU]-.+)$/.test(tag))
      throw invalid(`line ${index + 1}: ${JSON.stringify(tag)} is no tag: O, or B-, I-, E-, S-, L- or U- and a label`);
    words.push(fields[0]!);
    tags.push(tag);
  }
  endSentence();
  return tableOf(rows, { labelledFor: "tokens" });
}

/** A line such as `# sent_id = 1`; a token `#` has its tag next to it. */
function isComment(line: string): boolean {
  return /^# \S+ ?=/.test(line) || /^#\s*(id|newdoc|newpar|text|sent_id)\b/.test(line);
}

/** The spans of any of the schemes: a tag goes on with the span before it, if that is open and has its label. */
function spansOf(words: readonly string[], tags: readonly string[]): readonly TextSpan[] {
  const spans: TextSpan[] = [];
  let isOpen = false;
  let at = 0;
  for (const [index, tag] of tags.entries()) {
    const end = at + words[index]!.length;
    const [kind, label] = [tag[0]!, tag.slice(2)];
    const last = spans.at(-1);
    if (tag === "O") isOpen = false;
    else {
      if (isOpen && "IEL".includes(kind) && last?.label === label) spans[spans.length - 1] = { ...last, end };
      else spans.push({ start: at, end, label });
      isOpen = !"ESLU".includes(kind);
    }
    at = end + 1;
  }
  return spans;
}
