// Turns for a model on several threads: nobody waits here, because the pool lets runs in as its threads become free.
import { type Turn, type TurnOptions, TurnQueue, throwIfAborted } from "../tasks/turns.ts";

export class ParallelTurns extends TurnQueue {
  /**
   * Runs `compute` at once. Its `next` only looks whether somebody waits for the result.
   * @throws BertletError `cancelled`
   */
  override async run<T>(compute: (turn: Turn) => Promise<T>, { signal }: TurnOptions = {}): Promise<T> {
    throwIfAborted(signal);
    return compute({ next: async () => throwIfAborted(signal) });
  }
}
