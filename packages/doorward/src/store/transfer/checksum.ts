import { hash } from 'node:crypto'
import type { Cells } from './side.ts'

const LANES = 8

export interface Tally {
  readonly rows: number
  /** 64 hexadecimal digits. */
  readonly checksum: string
}

/**
 * Counts rows and sums the SHA-256 of each, so that the same rows come to the same whatever their order: engines sort text by rules of
 * their own. A row is hashed as the JSON of its cells, in the order of its columns.
 */
export function tally(): { add: (row: Cells) => void; result: () => Tally } {
  const sum = new Uint32Array(LANES)
  let rows = 0
  return {
    add: (row) => {
      const digest = hash('sha256', JSON.stringify(row), 'buffer')
      for (let i = 0; i < LANES; i++) sum[i] = (sum[i] as number) + digest.readUInt32BE(i * 4)
      rows++
    },
    result: () => ({ rows, checksum: Buffer.from(Uint8Array.from(bytesOf(sum))).toString('hex') }),
  }
}

function bytesOf(words: Uint32Array): number[] {
  return [...words].flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255])
}
