/** Keeps a value as the newest of at most so many; the one that was kept longest ago is forgotten. */
export function keepNewest<Value>(memory: Map<string, Value>, key: string, value: Value, most: number): void {
  memory.delete(key)
  memory.set(key, value)
  if (memory.size > most) memory.delete(memory.keys().next().value as string)
}
