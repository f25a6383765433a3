// npm run docs:models: writes docs/models-supported.md from the families' data, the rows of test/models/checkpoints.ts and those of
// test/models/unsupported.ts, each of which is run.
import { writeFile } from "node:fs/promises";
import { architectureOf } from "../src/architectures/architectures.ts";
import { MODEL_TYPES } from "../src/architectures/bert.ts";
import { BertConfig } from "../src/architectures/config.ts";
import { BertletError } from "../src/errors.ts";
import { CHECKPOINTS, largestDifference, loadRow } from "../test/models/checkpoints.ts";
import { UNSUPPORTED, type Unsupported } from "../test/models/unsupported.ts";

const INTRODUCTION = `# Models that are supported

A family is data (\`src/architectures\`), so that each of its classes is read, packed in f32, int8 and int4, run, saved and exported to ONNX by the same
code, and dispatched to by the auto classes. The difference is the largest of the family's goldens in f32, of any output value to what the reference computed;
[classes.md](classes.md) has every checkpoint.

Written by \`npm run docs:models\`.

| model_type | classes | goldens | largest difference |
| --- | --- | ---: | ---: |
`;

const TOKENIZERS = `
## Tokenizers

A folder's tokenizer.json is read first. Without one:

- WordPiece (BERT, DistilBERT, ELECTRA, MPNet) is read from vocab.txt,
- byte-level BPE (RoBERTa) from vocab.json and merges.txt,
- unigram from spiece.model (ALBERT) or sentencepiece.bpe.model (XLM-R, CamemBERT).

A SentencePiece model is converted by its family's rules, as transformers' \`convert_slow_tokenizer\` does. Which family's is said by the class, or by
\`tokenizer_class\` in tokenizer_config.json or config.json, or by \`model_type\`. As there, \`add_dummy_prefix\` and \`remove_extra_whitespaces\` of the file
have no effect on these tokenizers, and its control and user-defined symbols are found in the text as it is written. Workers read no such file:
\`bertlet convert\` packs the tokenizer with the model, and \`savePretrained\` writes a tokenizer.json.

The slow tokenizers (\`BertTokenizer\`, \`RobertaTokenizer\`, \`MPNetTokenizer\`, \`AlbertTokenizer\`, \`XLMRobertaTokenizer\`, \`CamembertTokenizer\`, or
\`AutoTokenizer\` with \`useFast: false\`) give the tokens of transformers' slow ones, without offsets. The last three call SentencePiece there, and here what
its C++ library 0.2.3 does, read from the model file alone. Two differences are known: \`RobertaTokenizer\` puts a space before the words of
\`isSplitIntoWords\` only with \`addPrefixSpace\`, and BERT's and ALBERT's follow the runtime's Unicode, which is newer than Python 3.11's.
`;

const REFUSED = `
## What is not

Each row is tried when this page is written, and by the suite (\`test/models/unsupported.test.ts\`).

| what | error | message |
| --- | --- | --- |
`;

/** The largest difference of the checkpoints of each family, and how many there are. */
async function measure(): Promise<Map<string, { count: number; largest: number }>> {
  const families = new Map<string, { count: number; largest: number }>();
  for (const row of CHECKPOINTS) {
    const model = await loadRow(row);
    const family = familyOf(row.folder);
    const { count, largest } = families.get(family) ?? { count: 0, largest: 0 };
    const difference = await largestDifference(model, row.folder);
    families.set(family, { count: count + 1, largest: Math.max(largest, difference) });
    await model.release();
  }
  return families;
}

/** From the golden's folder: relatives/<family>-<class>, or a folder of BERT's. */
function familyOf(folder: string): string {
  const name = /^relatives\/(.*)/.exec(folder)?.[1] ?? "bert";
  return MODEL_TYPES.toSorted((a, b) => b.length - a.length).find((type) => name.startsWith(type)) ?? "bert";
}

async function refusal({ what, open }: Unsupported): Promise<string> {
  try {
    await open();
  } catch (error) {
    if (error instanceof BertletError)
      return `| ${what} | \`${error.type}\` | ${error.message.replaceAll("|", "\\|")} |`;
    throw error;
  }
  throw new Error(`${what} is supported`);
}

const measured = await measure();
const families = MODEL_TYPES.map((type) => {
  const { baseClass, classes } = architectureOf(BertConfig.fromJSON({ model_type: type }));
  const { count, largest } = measured.get(type)!;
  return `| ${type} | ${[baseClass, ...Object.keys(classes)].join(", ")} | ${count} | ${largest.toExponential(0)} |`;
});
const refusals: string[] = [];
for (const row of UNSUPPORTED) refusals.push(await refusal(row));
await writeFile(
  "docs/models-supported.md",
  `${INTRODUCTION}${families.join("\n")}\n${TOKENIZERS}${REFUSED}${refusals.join("\n")}\n`,
);
console.log(`docs/models-supported.md: ${families.length} families`);
