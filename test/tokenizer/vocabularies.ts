// The two vocabularies of the goldens, prepared once a test file.
import { readVocabulary } from "../../src/tokenizer/files/read.ts";
import { type PreparedVocabulary, prepareVocabulary } from "../../src/tokenizer/tokenizer.ts";
import { readFixture } from "../fixtures.ts";

const prepared = new Map<string, PreparedVocabulary>();

export async function vocabularyText(name: "uncased" | "cased"): Promise<string> {
  return new TextDecoder().decode(await readFixture(`test/goldens/tokenizer/vocab-${name}.txt`));
}

export async function vocabulary(name: "uncased" | "cased"): Promise<PreparedVocabulary> {
  const known = prepared.get(name) ?? prepareVocabulary(readVocabulary(await vocabularyText(name)));
  prepared.set(name, known);
  return known;
}
