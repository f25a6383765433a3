// npm run pack:multilingual -- <folder of multilingual-e5-small>: makes models/multilingual by the commands that anybody has: its vocabulary trimmed to
// texts of 20 languages, packed in 4 bits, and taught two heads. The texts are beside the repository, and none of them is in the model.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  snips,
  TWEET_LANGUAGES,
  tweets,
  XQUAD_LANGUAGES,
  XSID_LANGUAGES,
  xquad,
  xsid,
} from "../bench/quality/multilingual.ts";
import { spread } from "../src/cli/calibration-texts.ts";
import { main } from "../src/cli/main.ts";
import { processIo } from "../src/cli/process-io.ts";

const TARGET = "models/multilingual/model.safetensors";
const CALIBRATION_TEXTS = 160;
// On Hindi's labels a head that was taught by others of them is no better than chance.
const TAUGHT = TWEET_LANGUAGES.filter((language) => language !== "hindi");

const [checkpoint] = process.argv.slice(2);
if (checkpoint === undefined) throw new Error("usage: npm run pack:multilingual -- <folder of multilingual-e5-small>");
const folder = await mkdtemp(join(tmpdir(), "bertlet-multilingual-"));
try {
  const corpora = await writeCorpora();
  const [trimmed, bare, taught] = ["trimmed", "bare.safetensors", "taught.safetensors"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await bertlet("trim", checkpoint, trimmed, "--texts", corpora.files.join());
  // As the model's card says, a text is put behind one of these; the folder has no file that does.
  const prompts = { query: "query: ", passage: "passage: " };
  await writeFile(join(trimmed, "config_sentence_transformers.json"), JSON.stringify({ prompts }));
  await bertlet(
    "convert",
    trimmed,
    bare,
    "--quantization",
    "int4",
    "--calibrate",
    corpora.sample,
    "--calibrate-lines",
    String(CALIBRATION_TEXTS),
    "--name",
    "multilingual",
    "--license",
    "MIT",
    "--url",
    "https://huggingface.co/intfloat/multilingual-e5-small",
  );
  const sentiment = await Promise.all(TAUGHT.map((language) => tweets(language, "train")));
  await bertlet(
    "train",
    await writeExamples("sentiment", sentiment.flat()),
    bare,
    taught,
    "--name",
    "sentiment",
    "--strength",
    "1",
  );
  await bertlet("train", await writeExamples("intent", await snips("train")), taught, TARGET, "--name", "intent");
  await bertlet("inspect", TARGET);
} finally {
  await rm(folder, { recursive: true });
}

async function bertlet(...args: readonly string[]): Promise<void> {
  console.log(
    `bertlet ${args
      .map((arg) => arg.replaceAll(`${folder}/`, ""))
      .join(" ")
      .slice(0, 200)}`,
  );
  if ((await main(args, processIo)) !== 0) throw new Error(`bertlet ${args[0]} failed`);
}

/** A file of texts per language and source; and a sample of all of them. */
async function writeCorpora(): Promise<{ readonly files: string[]; readonly sample: string }> {
  const texts = async (rows: Promise<readonly { readonly text: string }[]>) => (await rows).map(({ text }) => text);
  const corpora = [
    ...XSID_LANGUAGES.map((name) => [`xsid-${name}`, texts(xsid(name))] as const),
    ...TWEET_LANGUAGES.map((name) => [`tweets-${name}`, texts(tweets(name, "train"))] as const),
    ...XQUAD_LANGUAGES.map((name) => [`xquad-${name}`, xquadTexts(name)] as const),
    ["snips", texts(snips("train"))] as const,
  ];
  const files: string[] = [];
  const sample: string[] = [];
  for (const [name, read] of corpora) {
    const lines = (await read).map((text) => text.replaceAll(/\s+/g, " "));
    files.push(await write(`${name}.txt`, lines));
    sample.push(...spread(lines, 20));
  }
  return { files, sample: await write("sample.txt", sample) };
}

async function xquadTexts(language: string): Promise<string[]> {
  return (await xquad(language)).flatMap(({ context, questions }) => [context, ...questions]);
}

async function write(name: string, lines: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `${lines.join("\n")}\n`);
  return path;
}

async function writeExamples(
  name: string,
  rows: readonly { readonly text: string; readonly label: string }[],
): Promise<string> {
  const path = join(folder, `${name}.jsonl`);
  await writeFile(path, rows.map(({ text, label }) => `${JSON.stringify({ text, label })}\n`).join(""));
  return path;
}
