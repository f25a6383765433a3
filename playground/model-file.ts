// The model file that the site serves to browser mode. The build (scripts/build-playground.ts) defines it.

/** The size is known from the build, because a server that compresses does not send it. */
export interface ModelFile {
  readonly path: string;
  readonly bytes: number;
}

declare const MODEL_FILE: ModelFile | null;

/** Null if the model is too large for a static asset: then there is no browser mode. */
export const MODEL: ModelFile | null = MODEL_FILE;
