import { randomBytes } from 'node:crypto'
import type { ProofRules } from './proof-keeping.ts'

/** In one generation. Two of them take 32 MiB at most: eight bytes for each proof, in tables that are at most half full. */
const MOST_REMEMBERED = 1_000_000
const SMALLEST_TABLE = 1024
/** Base64url digits that hold eight bytes. */
const DIGITS = 11

/**
 * Remembers proofs in this process, for as long as they are good. Two generations are kept: the younger takes the place of the
 * older when that can hold nothing good any more. Full, it takes no further proof rather than forget one.
 */
export function proofMemory(now: () => number): ProofRules['claim'] {
  const multiplier = randomBytes(4).readUInt32LE()
  let [older, younger] = [digests(multiplier), digests(multiplier)]
  let latest = 0
  let olderEnds = 0
  return (replayKey, until) => {
    if (olderEnds < now()) {
      older = younger
      younger = digests(multiplier)
      olderEnds = latest
    }
    const digest = Buffer.from(replayKey.slice(0, DIGITS), 'base64url')
    // All zeros would look like a free place. One digest of 2^64 becomes another.
    const [low, high] = [digest.readUInt32LE(0) || 1, digest.readUInt32LE(4)]
    if (older.has(low, high) || younger.has(low, high) || younger.size() >= MOST_REMEMBERED) return false
    younger.add(low, high)
    latest = Math.max(latest, until)
    return true
  }
}

/**
 * Where a digest is looked for first, among a power of two of places. Whoever signs proofs can make many whose digests begin alike; in one
 * row they would be found by passing all the others. So its place hangs on a number that nobody outside knows.
 */
export function homeOf(low: number, places: number, multiplier: number): number {
  return Math.imul(low, multiplier | 1) >>> (Math.clz32(places) + 1)
}

/**
 * A set of digests, of which eight bytes are kept: that two of a million are taken for one happens once in ten million million
 * times, and then refuses a proof that was good. Open addressing, so that a million take no million objects.
 */
function digests(multiplier: number) {
  let table = new Uint32Array(2 * SMALLEST_TABLE)
  let count = 0

  /** Where these stand, or where they would. */
  function placeOf(low: number, high: number): number {
    const places = table.length / 2
    let place = homeOf(low, places, multiplier)
    while (table[2 * place] !== 0 && !(table[2 * place] === low && table[2 * place + 1] === high))
      place = (place + 1) & (places - 1)
    return 2 * place
  }

  function put(low: number, high: number): void {
    const place = placeOf(low, high)
    table[place] = low
    table[place + 1] = high
  }

  function grow(): void {
    const before = table
    table = new Uint32Array(2 * before.length)
    for (let i = 0; i < before.length; i += 2) if (before[i] !== 0) put(before[i] as number, before[i + 1] as number)
  }

  return {
    size: () => count,
    has: (low: number, high: number): boolean => table[placeOf(low, high)] !== 0,
    /** Of one that is not there yet. */
    add: (low: number, high: number): void => {
      if (++count > table.length / 4) grow()
      put(low, high)
    },
  }
}
