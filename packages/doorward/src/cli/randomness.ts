import { randomFillSync } from 'node:crypto'

const POOL_BYTES = 4096

/**
 * Random bytes of the operating system, fetched by the page: a system call for every few bytes is a tenth of a refresh.
 * What was handed out is wiped from the page.
 */
export function pooledRandom(): (bytes: number) => Uint8Array {
  const pool = Buffer.alloc(POOL_BYTES)
  let used = POOL_BYTES
  return (bytes) => {
    if (bytes > POOL_BYTES) return randomFillSync(Buffer.alloc(bytes))
    if (used + bytes > POOL_BYTES) {
      randomFillSync(pool)
      used = 0
    }
    const taken = Buffer.from(pool.subarray(used, used + bytes))
    pool.fill(0, used, used + bytes)
    used += bytes
    return taken
  }
}
