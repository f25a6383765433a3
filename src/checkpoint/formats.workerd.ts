// The formats that a Worker reads when nobody names others: safetensors. A Worker of packed models carries no other reader.
import { type CheckpointFormat, SAFETENSORS } from "./formats.ts";

export const DEFAULT_FORMATS: readonly CheckpointFormat[] = [SAFETENSORS];
