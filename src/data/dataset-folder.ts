// Folders as Hugging Face has data sets: files of each split, by their names, and `dataset_info.json` with the names of classes.
import { EXTENSIONS } from "./formats.ts";
import { invalid } from "./table.ts";

export const DATASET_INFO = "dataset_info.json";

/** What a split's files are called, the first that there are. */
const SPLITS = {
  train: ["train", "training"],
  test: ["test", "testing", "validation", "valid", "dev", "eval"],
} as const;
export type Split = keyof typeof SPLITS;

export interface SplitFiles {
  readonly names: readonly string[];
  readonly notes: readonly string[];
}

/**
 * The files of a split, in order. A folder whose names tell no split is all training data.
 * @param names of the folder's files, with `/` between folders
 * @throws BertletError `invalid_input` where there are none
 * @example
 * filesOfSplit(["dataset_info.json", "data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet"], "train");
 * // { names: ["data/train-00000-of-00001.parquet"], notes: [] }
 */
export function filesOfSplit(names: readonly string[], split: Split): SplitFiles {
  const isHidden = (name: string) => name.split("/").some((part) => part.startsWith("."));
  const isInfo = (name: string) =>
    ["dataset_info.json", "dataset_dict.json", "state.json", "dataset_infos.json"].includes(name.split("/").at(-1)!);
  const data = names
    .filter((name) => !isHidden(name) && !isInfo(name) && EXTENSIONS.some((end) => name.toLowerCase().endsWith(end)))
    .toSorted();
  if (data.length === 0) throw invalid(noData(names));
  for (const word of SPLITS[split]) {
    const found = data.filter((name) => tells(name, word));
    if (found.length > 0)
      return { names: found, notes: word === split ? [] : [`the ${split} split is the one called ${word}`] };
  }
  const isSplit = data.some((name) =>
    Object.values(SPLITS)
      .flat()
      .some((word) => tells(name, word)),
  );
  if (split === "train" && !isSplit) return { names: data, notes: [] };
  throw invalid(`there is no ${split} split; the files are ${data.join(", ")}`);
}

function tells(name: string, word: string): boolean {
  return name
    .toLowerCase()
    .split(/[/_.-]/)
    .includes(word);
}

function noData(names: readonly string[]): string {
  const isArrow = names.some((name) => name.endsWith(".arrow"));
  return isArrow
    ? "Arrow files are not read: write the data set with to_parquet"
    : `there is no file that ends in ${EXTENSIONS.join(", ")}`;
}
