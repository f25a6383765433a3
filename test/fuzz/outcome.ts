/** What became of the files or requests of a run. */
export interface Outcome {
  /** Files that were read in spite of the damage (it hit a weight, or padding), or requests that were answered. */
  read: number;
  refused: number;
  /** Milliseconds of the slowest one. */
  slowest: number;
  /** Megabytes of the process at its largest: of its heap for requests, over those at the start for files. */
  memory: number;
}
