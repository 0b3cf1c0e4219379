import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { openLines, sealLines } from './sealed-lines.ts'
import { TransferRefused } from './side.ts'

const KEY = createSecretKey(Buffer.alloc(32, 7))
const OTHER = createSecretKey(Buffer.alloc(32, 8))

async function sealed(lines: readonly string[], key = KEY): Promise<Buffer> {
  const parts: Uint8Array[] = []
  const { line, end } = await sealLines(key, { name: 'a' }, async (bytes) => void parts.push(bytes))
  for (const one of lines) await line(one)
  await end()
  return Buffer.concat(parts)
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function opened(bytes: Buffer, key = KEY, size = 4096): Promise<string[]> {
  const { lines } = await openLines(inPieces(bytes, size))
  const all: string[] = []
  for await (const line of lines(key)) all.push(line)
  return all
}

/** Enough for several frames. */
const LONG = Array.from({ length: 40 }, (_, i) => `${i} ${'x'.repeat(20_000)}`)
/** Where the frames of a file begin. */
function frames(bytes: Buffer): number[] {
  const starts = []
  for (let at = bytes.indexOf(10) + 1; at < bytes.length; at += 5 + bytes.readUInt32BE(at + 1)) starts.push(at)
  return starts
}

test('lines come back as they were, however the bytes are cut into pieces', async () => {
  assert.deepEqual(await opened(await sealed(LONG), KEY, 700), LONG)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\n'))),
      fc.integer({ min: 1, max: 200 }),
      async (lines, size) => assert.deepEqual(await opened(await sealed(lines), KEY, size), lines),
    ),
    { numRuns: 60 },
  )
})

test('a file that was cut off anywhere is refused', async () => {
  const whole = await sealed(LONG)
  const small = await sealed(['a', 'b'])
  for (let length = 0; length < small.length; length++)
    await assert.rejects(opened(small.subarray(0, length)), TransferRefused, `${length} bytes`)
  for (const start of frames(whole)) await assert.rejects(opened(whole.subarray(0, start)), TransferRefused)
})

test('a file in which one bit is another is refused', async () => {
  const whole = await sealed(['a', 'b'])
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const changed = Buffer.from(whole)
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    await assert.rejects(opened(changed), TransferRefused, `bit ${bit}`)
  }
})

const CHANGES: readonly (readonly [string, (whole: Buffer, starts: readonly number[]) => Buffer, RegExp])[] = [
  ['something added at its end', (whole) => Buffer.concat([whole, Buffer.from('x')]), /goes on after its end/],
  [
    'a frame left out',
    (whole, [a = 0, b = 0]) => Buffer.concat([whole.subarray(0, a), whole.subarray(b)]),
    /not as it was made/,
  ],
  [
    'two frames in each other’s place',
    (whole, [a = 0, b = 0, c = 0]) =>
      Buffer.concat([whole.subarray(0, a), whole.subarray(b, c), whole.subarray(a, b), whole.subarray(c)]),
    /not as it was made/,
  ],
  [
    'a frame twice',
    (whole, [a = 0, b = 0]) => Buffer.concat([whole.subarray(0, b), whole.subarray(a, b), whole.subarray(b)]),
    /not as it was made/,
  ],
  [
    'a middle frame that says it is the last',
    (whole, [, b = 0, c = 0]) => {
      const changed = Buffer.from(whole.subarray(0, c))
      changed.writeUInt8(1, b)
      return changed
    },
    /not as it was made/,
  ],
  [
    'a middle frame of a kind that nobody writes',
    (whole, [, b = 0]) => {
      const changed = Buffer.from(whole)
      changed.writeUInt8(2, b)
      return changed
    },
    /not as it was made/,
  ],
  ['another header', (whole) => Buffer.concat([Buffer.from('{"name":"b"}'), whole.subarray(12)]), /not as it was made/],
  ['nothing in it', () => Buffer.alloc(0), /no backup/],
  ['something else in it', () => Buffer.from('SQLite format 3\0'), /no backup/],
  ['a line without an end', () => Buffer.alloc(1_000_000, 'x'), /no backup/],
  [
    'a frame that says it is immense',
    (whole, [a = 0]) => {
      const changed = Buffer.from(whole)
      changed.writeUInt32BE(0xffff_ffff, a + 1)
      return changed
    },
    /not as it was made/,
  ],
]
for (const [what, change, problem] of CHANGES) {
  test(`a file with ${what} is refused`, async () => {
    const whole = await sealed(LONG)
    await assert.rejects(opened(change(whole, frames(whole))), problem)
  })
}

test('a file opens under its own key only, and shows nothing of what is in it', async () => {
  const whole = await sealed(['grace@example.com'])
  await assert.rejects(opened(whole, OTHER), /not as it was made/)
  assert.equal(whole.includes('grace'), false)
})
