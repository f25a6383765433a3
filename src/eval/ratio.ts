/** 0 where there is nothing to divide by, as scikit-learn has it. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
