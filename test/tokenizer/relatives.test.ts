// The golden cases of the tokenizers of BERT's relatives; MPNet's, a WordPiece, are in templates.test.ts. In two cases ours name a token where the reference shows the text that it stands for: a
// character that the vocabulary does not have, and an added token that takes the white space beside it.
import { beforeAll, describe, expect, test } from "vitest";
import {
  AlbertTokenizerFast,
  RobertaTokenizerFast,
  type Tokenizer,
  XLMRobertaTokenizerFast,
} from "../../src/tokenizer/tokenizer.ts";
import { readFixture, readJsonFixture } from "../fixtures.ts";
import {
  answerTo,
  decodingsOf,
  encodeOptions,
  type GoldenCase,
  type TokenizerGoldens,
  withOurNames,
} from "./golden-cases.ts";

interface Family {
  readonly name: string;
  readonly goldens: string;
  readonly folder: string;
  readonly files: readonly string[];
  /** The tokenizer with options by the reference's names. */
  readonly make: (files: Record<string, Uint8Array>, options: Readonly<Record<string, boolean>>) => Promise<Tokenizer>;
}

const OWN = "test/goldens/tokenizer-relatives";
const FILES = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"];

const FAMILIES: readonly Family[] = [
  {
    name: "RobertaTokenizerFast",
    goldens: `${OWN}/roberta.json.gz`,
    folder: `${OWN}/roberta`,
    files: FILES,
    make: (files, { add_prefix_space: addPrefixSpace, trim_offsets: trimOffsets }) =>
      RobertaTokenizerFast.fromPretrained(files, {
        ...(addPrefixSpace !== undefined && { addPrefixSpace }),
        ...(trimOffsets !== undefined && { trimOffsets }),
      }),
  },
  {
    name: "RobertaTokenizerFast of vocab.json and merges.txt",
    goldens: `${OWN}/roberta.json.gz`,
    folder: `${OWN}/roberta`,
    files: ["vocab.json", "merges.txt", "tokenizer_config.json"],
    make: (files, { add_prefix_space: addPrefixSpace, trim_offsets: trimOffsets }) =>
      RobertaTokenizerFast.fromPretrained(files, {
        ...(addPrefixSpace !== undefined && { addPrefixSpace }),
        ...(trimOffsets !== undefined && { trimOffsets }),
      }),
  },
  {
    name: "AlbertTokenizerFast",
    goldens: `${OWN}/albert.json.gz`,
    folder: `${OWN}/albert`,
    files: FILES,
    make: (files, { do_lower_case: doLowerCase = true, keep_accents: keepAccents = false }) =>
      AlbertTokenizerFast.fromPretrained(files, { doLowerCase, keepAccents }),
  },
  {
    name: "XLMRobertaTokenizerFast",
    goldens: "../shared/goldens/tokenizer-relatives/xlm-roberta.json.gz",
    folder: "../shared/models/multilingual-e5-small",
    files: ["tokenizer.json", "tokenizer_config.json"],
    make: (files) => XLMRobertaTokenizerFast.fromPretrained(files),
  },
];

describe.each(FAMILIES)("$name answers every golden case as the reference does", (family) => {
  let goldens: TokenizerGoldens | undefined;
  const made = new Map<string, Tokenizer>();
  const tokenizerOf = ({ options }: Pick<GoldenCase, "options">): Tokenizer => made.get(JSON.stringify(options))!;

  beforeAll(async () => {
    const read = await Promise.all(
      family.files.map(async (name) => [name, await readFixture(`${family.folder}/${name}`)]),
    );
    if (read.some(([, bytes]) => !bytes)) return;
    goldens = await readJsonFixture<TokenizerGoldens>(family.goldens);
    for (const options of [{}, ...goldens.cases.map((golden) => golden.options)]) {
      const key = JSON.stringify(options);
      if (!made.has(key)) made.set(key, await family.make(Object.fromEntries(read), options));
    }
  }, 60_000);

  test("ids, tokens, offsets, masks, word and sequence ids, and refusals", ({ skip }) => {
    if (!goldens) skip("../shared is absent");
    expect(goldens!.cases.length).toBe(450);
    for (const golden of goldens!.cases) {
      const tokenizer = tokenizerOf(golden);
      const answer = answerTo(golden, tokenizer);
      const wanted =
        golden.fast.error === undefined ? withOurNames(golden, answer, tokenizer) : { error: "invalid_input" };
      expect(answer, JSON.stringify([golden.text, golden.pair, golden.options, golden.call])).toEqual(wanted);
    }
  });

  test("three decodings", ({ skip }) => {
    if (!goldens) skip("../shared is absent");
    for (const golden of goldens!.cases) {
      const [ours, wanted] = decodingsOf(golden, tokenizerOf(golden));
      expect(ours).toEqual(wanted);
    }
  });

  test("padded batches", ({ skip }) => {
    if (!goldens) skip("../shared is absent");
    for (const { texts, call, ...wanted } of goldens!.batches)
      expect(tokenizerOf({ options: {} }).batchEncodePlus(texts, encodeOptions(call))).toMatchObject(wanted);
  });
});
