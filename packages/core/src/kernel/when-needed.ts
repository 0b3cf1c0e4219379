/**
 * Reads something when it is first asked for, and once: a module that few need is no part of the start, and `import()` costs some 50 µs also
 * where there is nothing left to read. What could not be read is tried again.
 */
export function whenNeeded<T>(read: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined
  return () => {
    known ??= read().catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }
}
