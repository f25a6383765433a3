// Answers too large to be kept: written as JSON piece by piece while the client reads them, so that what nobody reads is not in memory twice,
// and limited in all.
import { LIMITS } from "../../tasks/limits.ts";
import { overloaded } from "../errors.ts";

// What a number has in JSON, about: a sign, a digit, a point, 17 digits and a comma.
const NUMBER_CHARACTERS = 20;
const PIECE_CHARACTERS = 65_536;

/** About how many characters the value has as JSON. */
export function estimateCharacters(value: unknown): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return NUMBER_CHARACTERS;
  if (Array.isArray(value)) {
    if (typeof value[0] === "number") return NUMBER_CHARACTERS * value.length;
    return value.reduce<number>((sum, item) => sum + estimateCharacters(item) + 1, 2);
  }
  return Object.entries(value).reduce((sum, [key, field]) => sum + key.length + 4 + estimateCharacters(field), 2);
}

/** The value as JSON, in pieces of some 64 KB. */
export function* jsonPieces(value: unknown): Generator<string, void, void> {
  if (typeof value !== "object" || value === null || estimateCharacters(value) <= PIECE_CHARACTERS) {
    yield JSON.stringify(value);
    return;
  }
  const isList = Array.isArray(value);
  yield isList ? "[" : "{";
  let separator = "";
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined && !isList) continue;
    yield isList ? separator : `${separator}${JSON.stringify(key)}:`;
    yield* jsonPieces(field ?? null);
    separator = ",";
  }
  yield isList ? "]" : "}";
}

/** The large answers of an app that are being sent. */
export class StreamedAnswers {
  readonly #most: number;
  #characters = 0;

  /** @param most characters of all that are being sent */
  constructor(most: number = LIMITS.sent_characters) {
    this.#most = most;
  }

  /**
   * The answer as a stream, and when it has been read or given up.
   * @throws RequestError `overloaded` when those being sent are too many
   */
  stream(value: unknown, characters: number): { body: ReadableStream<Uint8Array>; sent: Promise<void> } {
    if (this.#characters > 0 && this.#characters + characters > this.#most)
      throw overloaded("too many large answers are being sent");
    this.#characters += characters;
    let end = () => {};
    const sent = new Promise<void>((resolve) => {
      end = resolve;
    }).then(() => {
      this.#characters -= characters;
    });
    const encoder = new TextEncoder();
    const pieces = jsonPieces(value);
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          let text = "";
          while (text.length < PIECE_CHARACTERS) {
            const piece = pieces.next();
            if (piece.done) break;
            text += piece.value;
          }
          if (text.length > 0) controller.enqueue(encoder.encode(text));
          else {
            controller.close();
            end();
          }
        },
        cancel: () => end(),
      },
      { highWaterMark: 0 },
    );
    return { body, sent };
  }
}
