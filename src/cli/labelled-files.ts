// The labelled texts of the files and folders that a command line names, and what looks wrong with them.
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { classNamesOf, nameClasses } from "../data/class-labels.ts";
import { DATASET_INFO, filesOfSplit, type Split } from "../data/dataset-folder.ts";
import type { Encoding } from "../data/encoding.ts";
import { type ColumnOptions, type Columns, chooseColumns, type LabelKind } from "../data/label-rows.ts";
import { type ReadTable, readTable } from "../data/read-table.ts";
import { type DataReport, type Examined, examineRows, reportNotes, unusedNote } from "../data/report.ts";
import { BertletError } from "../errors.ts";

export interface LabelledOptions extends ColumnOptions {
  /** One of the formats' names; found per file when left out. */
  readonly format?: string | undefined;
  readonly kind?: LabelKind | undefined;
  /** Which split of a folder. */
  readonly split: Split;
}

export interface LabelledFiles extends Examined {
  readonly columns: Columns;
  /** Everything to say of them: a sentence each. */
  readonly notes: readonly string[];
  readonly data: DataReport & { readonly files: readonly FileReport[] };
}

export interface FileReport {
  readonly file: string;
  readonly format: string;
  /** Null for a file that is no text. */
  readonly encoding: Encoding | null;
  readonly rows: number;
}

/** The tables of the files and of the folders' splits, whatever they are labelled for. */
export async function readTables(
  paths: readonly string[],
  options: Pick<LabelledOptions, "format" | "split">,
): Promise<ReadPath> {
  const read = await Promise.all(paths.map((path) => readPath(path, options)));
  return { tables: read.flatMap((own) => own.tables), notes: read.flatMap((own) => own.notes) };
}

/**
 * @throws BertletError `invalid_input` for files without examples or of other columns than the first one, `unsupported` for those whose labels are of
 * tokens or questions
 */
export async function readLabelledFiles(paths: readonly string[], options: LabelledOptions): Promise<LabelledFiles> {
  const read = await readTables(paths, options);
  for (const table of read.tables) checkTask(table);
  return labelledTexts(read, paths, options);
}

/** The labelled texts of tables. @throws BertletError as {@link readLabelledFiles} */
export function labelledTexts(
  { tables, notes: said }: ReadPath,
  paths: readonly string[],
  options: ColumnOptions & Pick<LabelledOptions, "kind">,
): LabelledFiles {
  const columns = columnsOf(tables, options);
  const examined = examineRows(tables, columns, options.kind);
  if (examined.examples.length === 0)
    throw new BertletError("invalid_input", `${paths.join(", ")}: no row has both a text and a label`);
  const files = tables.map(({ name, format, encoding, rows }) => ({ file: name, format, encoding, rows: rows.length }));
  const isOne = tables.length === 1;
  const own = tables.flatMap(({ name, notes }) => notes.map((note) => (isOne ? note : `${name}: ${note}`)));
  const notes = [...said, ...own, ...unusedNote(examined.report), ...reportNotes(examined.report)];
  return { ...examined, columns, notes, data: { files, ...examined.report } };
}

export interface ReadPath {
  readonly tables: readonly ReadTable[];
  readonly notes: readonly string[];
}

async function readPath(path: string, options: Pick<LabelledOptions, "format" | "split">): Promise<ReadPath> {
  if (!(await stat(path)).isDirectory()) {
    const table = await readTable(
      { name: basename(path), bytes: new Uint8Array(await readFile(path)) },
      options.format,
    );
    return { tables: [table], notes: [] };
  }
  return readFolder(path, options);
}

async function readFolder(
  path: string,
  { format, split }: Pick<LabelledOptions, "format" | "split">,
): Promise<ReadPath> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)).split(sep).join("/"));
  const { names: chosen, notes } = filesOfSplit(names, split);
  const classes = names.includes(DATASET_INFO) ? await readClassNames(join(path, DATASET_INFO)) : new Map();
  const tables: ReadTable[] = [];
  for (const name of chosen) {
    const table = await readTable({ name, bytes: new Uint8Array(await readFile(join(path, name))) }, format);
    tables.push({ ...table, ...nameClasses(table, classes) });
  }
  return { tables, notes };
}

async function readClassNames(path: string) {
  try {
    return classNamesOf(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    throw new BertletError("invalid_input", `${DATASET_INFO} is not JSON`, { cause });
  }
}

function checkTask({ name, format, labelledFor }: ReadTable): void {
  if (labelledFor === "texts") return;
  const what = labelledFor === "tokens" ? "labels parts of texts" : "has questions with answers";
  throw new BertletError(
    "unsupported",
    `${name} (${format}) ${what}: heads of ${labelledFor === "tokens" ? "tokens" : "answers"} are not trained by this command, only heads that label whole texts`,
  );
}

/** The columns of the first table, which all others must have. */
function columnsOf(tables: readonly ReadTable[], options: ColumnOptions): Columns {
  let chosen: ColumnOptions = { text: options.text, label: options.label };
  for (const { name, columns, rows } of tables) {
    if (rows.length === 0) throw new BertletError("invalid_input", `${name}: there are no rows`);
    try {
      chosen = chooseColumns(columns, chosen);
    } catch (cause) {
      throw new BertletError("invalid_input", `${name}: ${(cause as Error).message}`, { cause });
    }
  }
  return chooseColumns(tables[0]!.columns, chosen);
}
