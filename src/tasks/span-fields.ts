// Parameters of tasks that answer with spans of the text.
import * as v from "valibot";

/** How a token classifier's tokens become entities. */
export const aggregation = v.picklist(["none", "simple", "first", "average", "max"]);

export const min_score = v.optional(
  v.pipe(
    v.number(),
    v.minValue(0),
    v.maxValue(1),
    v.description("Entities below this score are left out; those below the head's own thresholds when omitted."),
  ),
);

export const offset_unit = v.optional(
  v.pipe(
    v.picklist(["utf16", "codepoint"]),
    v.description(
      "What offsets count: UTF-16 units, so that text.slice(start, end) is right in JavaScript, or code points, as in Python.",
    ),
  ),
  "utf16",
);
