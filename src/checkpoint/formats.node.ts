// The formats that are read when a caller names none: all of them, in the reference's order.
import { type CheckpointFormat, SAFETENSORS } from "./formats.ts";
import { FLAX, PYTORCH, TENSORFLOW } from "./frameworks.ts";

export const DEFAULT_FORMATS: readonly CheckpointFormat[] = [SAFETENSORS, PYTORCH, TENSORFLOW, FLAX];
