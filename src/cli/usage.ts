// The error of a command line that makes no sense. Its message is what to print.

export class UsageError extends Error {
  override readonly name = "UsageError";
}
