/** Keeps a value as the newest of at most so many; the one that was kept longest ago is forgotten. */
export function keepNewest<Key, Value>(memory: Map<Key, Value>, key: Key, value: Value, most: number): void {
  memory.delete(key)
  memory.set(key, value)
  if (memory.size > most) memory.delete(memory.keys().next().value as Key)
}
