// What a tab is: a form, the request that is made of it, and how the answer looks. Everything else is panel.ts.

/** What the form holds, by the fields' names. */
export type Values = Readonly<Record<string, string>>;

interface FieldBase {
  readonly name: string;
  readonly label: string;
}

export type Field =
  /** A text of one line. */
  | (FieldBase & { readonly kind: "line" })
  /** A text. */
  | (FieldBase & { readonly kind: "text" })
  /** Several texts, one a line. */
  | (FieldBase & { readonly kind: "lines" })
  | (FieldBase & { readonly kind: "choice"; readonly options: readonly string[] })
  /** One of the model's heads of a class. */
  | (FieldBase & { readonly kind: "head"; readonly architecture: string });

export interface Tab<Answer> {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** The route that answers. An API without it leaves the tab to the browser mode. */
  readonly path: string;
  readonly fields: readonly Field[];
  /** What the form may be filled with; the first is there at the start. */
  readonly examples: readonly Values[];
  /** What the form asks for, as the route takes it. */
  body(values: Values): unknown;
  view(answer: Answer, values: Values): Node;
}

/** The texts of a `lines` field. */
export function lines(value: string | undefined): string[] {
  return (value ?? "").split("\n").flatMap((line) => line.trim() || []);
}

/** The parameter of a `head` field: none where the model's first will do. */
export function headOf({ head }: Values): { head?: string } {
  return head ? { head } : {};
}
