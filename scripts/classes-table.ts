// npm run docs:classes: writes docs/classes.md from the rows of test/models/checkpoints.ts, each run as the suite runs it.
import { writeFile } from "node:fs/promises";
import { CHECKPOINTS, largestDifference, loadRow, type Row } from "../test/models/checkpoints.ts";

const INTRODUCTION = `# Classes and the files they read

Every row is a checkpoint of the reference (Hugging Face transformers 4.46.3: PyTorch, TensorFlow, Flax) with random weights, read from
the file named and run in f32 by the kernel engine. The difference is the largest of any output value of any case to what the framework
itself computed, relative to max(1, |value|), padded positions left out; the suite (\`test/models/goldens.test.ts\`) asks for less than
1e-4, on both builds of the kernels, in Node and in workerd. \`tf_model.h5\` is read in Node only: h5wasm compiles wasm from bytes, which
Workers forbid. The auto classes and \`TFPreTrainedModel\`, \`FlaxPreTrainedModel\` give these classes by \`architectures\` in config.json.

Written by \`npm run docs:classes\`.

| class | file | golden | largest difference |
| --- | --- | --- | ---: |
`;

const rows: string[] = [];
for (const row of CHECKPOINTS) rows.push(await line(row));
await writeFile("docs/classes.md", `${INTRODUCTION}${rows.join("\n")}\n`);
console.log(`docs/classes.md: ${rows.length} checkpoints`);

async function line(row: Row): Promise<string> {
  const model = await loadRow(row);
  const difference = await largestDifference(model, row.folder);
  await model.release();
  return `| ${row.Model.name} | ${row.file} | ${row.folder} | ${difference.toExponential(0)} |`;
}
