// Multilingual data from ../shared/data: text of many languages, intents, sentiment, and questions with their paragraphs. Reads; scores nothing.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

const ROOT = new URL("../../../shared/data/", import.meta.url);

export const XSID_LANGUAGES = ["en", "ar", "da", "de", "id", "it", "ja", "kk", "lt", "nl", "sr", "tr", "zh"];
export const TWEET_LANGUAGES = ["arabic", "english", "french", "german", "hindi", "italian", "portuguese", "spanish"];
export const XQUAD_LANGUAGES = ["en", "ar", "de", "es", "hi", "ru", "tr", "zh"];
const SENTIMENTS = ["negative", "neutral", "positive"];

interface Labelled {
  readonly text: string;
  readonly label: string;
}

async function read(path: string): Promise<string> {
  return gunzipSync(await readFile(new URL(path, ROOT))).toString();
}

/** SNIPS: English queries with seven intents. */
export async function snips(part: "train" | "valid" | "test"): Promise<Labelled[]> {
  const lines = async (name: string) => (await read(`snips/${part}/${name}.gz`)).trimEnd().split("\n");
  const [texts, labels] = [await lines("seq.in"), await lines("label")];
  return texts.map((text, index) => ({ text: text.trim(), label: labels[index]!.trim() }));
}

/** xSID's validation sentences of a language, its one intent about weather under the name that SNIPS has for it. */
export async function xsid(language: string): Promise<Labelled[]> {
  const blocks = (await read(`xsid/${language}.valid.conll.gz`)).split("\n\n");
  const field = (block: string, name: string) =>
    new RegExp(`^# ${name}\\s*[=:]\\s*(.*)$`, "m").exec(block)?.[1]?.trim();
  return blocks.flatMap((block) => {
    const [text, intent] = [field(block, "text"), field(block, "intent")];
    return text && intent ? [{ text, label: intent === "weather/find" ? "GetWeather" : intent }] : [];
  });
}

/** Tweets with their sentiment. */
export async function tweets(language: string, part: "train" | "val"): Promise<Labelled[]> {
  const lines = (await read(`tweet_sentiment_8/${language}.${part}.tsv.gz`)).split("\n");
  return lines.flatMap((line) => {
    const [label = "", text = ""] = line.split("\t");
    return SENTIMENTS[Number(label)] && text.trim() ? [{ text: text.trim(), label: SENTIMENTS[Number(label)]! }] : [];
  });
}

/** Paragraphs, the same in every language and in the same order, each with its questions. */
export async function xquad(language: string): Promise<{ readonly context: string; readonly questions: string[] }[]> {
  const { data } = JSON.parse(await read(`xquad/xquad.${language}.json.gz`)) as {
    data: { paragraphs: { context: string; qas: { question: string }[] }[] }[];
  };
  return data.flatMap(({ paragraphs }) =>
    paragraphs.map(({ context, qas }) => ({ context, questions: qas.map(({ question }) => question) })),
  );
}
