// What tasks that fill masks take and answer.
import * as v from "valibot";
import { named } from "../schemas.ts";
import { natural } from "./fields.ts";
import { LIMITS } from "./limits.ts";

export const targets = v.optional(
  v.pipe(
    v.union([v.string(), v.pipe(v.array(v.string()), v.maxLength(LIMITS.targets))]),
    v.description("The only tokens to choose from."),
  ),
);
export const fillSchema = named(
  "Fill",
  v.object({ score: v.number(), token: natural, token_str: v.string(), sequence: v.string() }),
);
