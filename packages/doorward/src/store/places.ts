/** How many texts of statements are kept ready, more than there are of those whose text is always the same. */
export const MOST_STATEMENTS = 1000

/**
 * A list of values as a statement takes it. Each length would be a text of its own, which the engine keeps compiled: a list is made as long as
 * the next power of two, by its last value once more, so that there are few.
 */
export function filled<Value>(values: readonly Value[]): readonly Value[] {
  const last = values.at(-1)
  if (last === undefined) return values
  const length = 2 ** Math.ceil(Math.log2(values.length))
  return [...values, ...Array<Value>(length - values.length).fill(last)]
}

/** `?, ?, …` for each of them. */
export function places(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ')
}
