// A file of labelled data as a table: its format told, or found by its name and by what is inside.
import { decodeText, type Encoding, encodingNotes } from "./encoding.ts";
import { DATA_FORMATS, type DataFormat, EXTENSIONS, FORMAT_NAMES } from "./formats.ts";
import { parseRecords } from "./json-records.ts";
import { invalid, type Table } from "./table.ts";

export interface DataFile {
  /** What messages and reports call it; its end tells the format. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface ReadTable extends Table {
  readonly name: string;
  /** One of {@link FORMAT_NAMES}. */
  readonly format: string;
  /** Null for a file that is no text. */
  readonly encoding: Encoding | null;
}

/**
 * @param format one of {@link FORMAT_NAMES}; found when left out
 * @throws BertletError `invalid_input`, beginning with the file's name, for a file that cannot be read, an unknown format, or a name and a
 * beginning that tell none
 * @example
 * await readTable({ name: "rows.csv", bytes }); // { format: "csv", encoding: "utf-8", columns: ["text", "label"], rows: […], … }
 */
export async function readTable({ name, bytes }: DataFile, format?: string): Promise<ReadTable> {
  if (format !== undefined && !FORMAT_NAMES.includes(format))
    throw invalid(`there is no format ${format}; the formats are ${FORMAT_NAMES.join(", ")}`);
  try {
    return { name, ...(await readAs(bytes, candidatesFor(name, bytes, format))) };
  } catch (error) {
    throw error instanceof Error && "type" in error && error.type === "invalid_input"
      ? invalid(`${name}: ${error.message}`, error)
      : error;
  }
}

/** The formats a file may have, by what is told, by its name, or by its first bytes. */
function candidatesFor(name: string, bytes: Uint8Array, told: string | undefined): readonly DataFormat[] {
  if (told !== undefined) return DATA_FORMATS.filter((known) => known.name === told);
  const lower = name.toLowerCase();
  const byName = DATA_FORMATS.filter(({ extensions }) => extensions.some((extension) => lower.endsWith(extension)));
  if (byName.length > 0) return byName;
  const start = new TextDecoder("windows-1252").decode(bytes.subarray(0, 64)).replace(/^(ï»¿)?\s*/, "");
  const found = DATA_FORMATS.filter((known) => {
    if (known.of === "bytes") return start.startsWith(known.magic);
    return known.of === "records" && /^[[{]/.test(start);
  });
  if (found.length > 0) return found;
  throw invalid(
    `its name must end in ${EXTENSIONS.join(", ")}, or its format be told: one of ${FORMAT_NAMES.join(", ")}`,
  );
}

async function readAs(bytes: Uint8Array, candidates: readonly DataFormat[]): Promise<Omit<ReadTable, "name">> {
  const [first] = candidates;
  if (first?.of === "bytes") return { ...(await first.read(bytes)), format: first.name, encoding: null };
  const decoded = decodeText(bytes);
  const { format, table } =
    first?.of === "text" ? { format: first, table: first.read(decoded.text) } : readJson(decoded.text, candidates);
  const notes = [...encodingNotes(decoded), ...table.notes];
  return { ...table, notes, format: format.name, encoding: decoded.encoding };
}

function readJson(text: string, candidates: readonly DataFormat[]) {
  const records = parseRecords(text);
  const known = candidates.filter((candidate) => candidate.of === "records");
  // The last one takes what no other knows, and says what is wrong with it.
  const format = known.find(({ recognizes }) => records.some(recognizes)) ?? known.at(-1)!;
  return { format, table: format.read(records) };
}
