// Parquet, by the packages hyparquet and, for other codecs than Snappy, hyparquet-compressors: optional, and loaded where a file is read.
import { BertletError } from "../errors.ts";
import { importOptional } from "../optional-package.ts";
import { type ClassNames, classNamesOf, nameClasses } from "./class-labels.ts";
import { invalid, type Table } from "./table.ts";

// What hyparquet decompresses itself.
const OWN_CODECS = ["UNCOMPRESSED", "SNAPPY"];

/**
 * @returns its rows; a ClassLabel column by the names that the `datasets` library wrote into the file
 * @throws BertletError `invalid_input` for a damaged file, `unsupported` where a package is missing
 */
export async function readParquet(bytes: Uint8Array): Promise<Table> {
  const { parquetMetadata, parquetReadObjects } = await importOptional(
    "hyparquet",
    "reading Parquet",
    () => import("hyparquet"),
  );
  const file = bytes.slice().buffer;
  try {
    const metadata = parquetMetadata(file);
    const codecs = metadata.row_groups.flatMap(({ columns }) => columns.map(({ meta_data }) => meta_data?.codec));
    const isForeign = codecs.some((codec) => codec !== undefined && !OWN_CODECS.includes(codec));
    const compressors = isForeign ? { compressors: await loadCompressors() } : {};
    const columns = topNames(metadata.schema);
    if (!columns.every((name) => typeof name === "string")) throw new Error("a column has no name");
    const names = classNamesIn(metadata.key_value_metadata);
    const rows: Record<string, unknown>[] = [];
    let start = 0;
    for (const group of metadata.row_groups) {
      const end = start + Number(group.num_rows);
      for (const name of columns) {
        // One after the other: of several that are damaged, the package leaves all failures but one unhandled, which ends the process.
        const read = await parquetReadObjects({
          file,
          metadata,
          columns: [name],
          rowStart: start,
          rowEnd: end,
          ...compressors,
        });
        if (read.length !== end - start) throw new Error(`${name} has ${read.length} rows, not ${end - start}`);
        for (const [index, row] of read.entries()) {
          rows[start + index] ??= {};
          rows[start + index]![name] = withoutBigInts(row[name]);
        }
      }
      start = end;
    }
    return nameClasses({ columns, rows, labelledFor: "texts", notes: [] }, names);
  } catch (cause) {
    if (cause instanceof BertletError) throw cause;
    throw invalid(`the Parquet file cannot be read: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

async function loadCompressors() {
  const load = () => import("hyparquet-compressors");
  return (await importOptional("hyparquet-compressors", "reading this Parquet file's codec", load)).compressors;
}

interface SchemaElement {
  readonly name: string;
  readonly num_children?: number | undefined;
}

/** The columns of rows: a schema is a tree in depth-first order, of which the first element is the root. */
function topNames(schema: readonly SchemaElement[]): readonly string[] {
  const names: string[] = [];
  let at = 1;
  const skip = (): void => {
    const children = schema[at++]?.num_children ?? 0;
    for (let child = 0; child < children; child++) skip();
  };
  while (at < schema.length) {
    names.push(schema[at]!.name);
    skip();
  }
  return names;
}

/** The `datasets` library keeps a data set's features in the file. */
function classNamesIn(entries: readonly { key: string; value?: string | undefined }[] = []): ClassNames {
  const value = entries.find(({ key }) => key === "huggingface")?.value;
  if (value === undefined) return new Map();
  const described = JSON.parse(value) as { info?: unknown } | null;
  return classNamesOf(described?.info);
}

/** 64-bit integers come as bigint; labels and rows are ordinary numbers. */
function withoutBigInts(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return Array.isArray(value) ? value.map(withoutBigInts) : value;
}
