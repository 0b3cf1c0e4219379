import { createCipheriv, createDecipheriv, hash, type KeyObject } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { TransferRefused } from './side.ts'

/** Text is gathered until there is so much of it, then packed and sealed as one frame. */
const FRAME_CHARACTERS = 256 * 1024
/** More than a frame of ours can have: what says so is damaged, and nothing is set aside for it. */
const MOST_FRAME_BYTES = 64 * 1024 * 1024
const MOST_HEADER_BYTES = 4096
const TAG_BYTES = 16
const NONCE_BYTES = 12
const PREFIX_BYTES = 5
const NEWLINE = 10

export type Sink = (bytes: Uint8Array) => Promise<void>

/**
 * Lines of text as a file: a header in the clear, then frames of compressed lines, each sealed (AES-256-GCM) under a key that is used for
 * this file alone. A frame's nonce is its number and whether it is the last, and the header is bound to each: nothing can be changed, left
 * out, put elsewhere, cut off or added without being found.
 */
export async function sealLines(key: KeyObject, header: object, sink: Sink): Promise<LineWriter> {
  const head = Buffer.from(`${JSON.stringify(header)}\n`)
  const bound = hash('sha256', head, 'buffer')
  let text: string[] = []
  let characters = 0
  let frames = 0

  async function frame(isLast: boolean): Promise<void> {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(frames++, isLast)).setAAD(bound)
    const packed = gzipSync(text.join(''))
    text = []
    characters = 0
    const sealed = Buffer.concat([cipher.update(packed), cipher.final(), cipher.getAuthTag()])
    const prefix = Buffer.alloc(PREFIX_BYTES)
    prefix.writeUInt8(isLast ? 1 : 0)
    prefix.writeUInt32BE(sealed.length, 1)
    await sink(Buffer.concat([prefix, sealed]))
  }

  await sink(head)
  return {
    line: async (line) => {
      text.push(line, '\n')
      characters += line.length + 1
      if (characters >= FRAME_CHARACTERS) await frame(false)
    },
    end: () => frame(true),
  }
}

export interface LineWriter {
  readonly line: (line: string) => Promise<void>
  readonly end: () => Promise<void>
}

/**
 * The header of such a file.
 * @throws TransferRefused where it begins with anything else.
 */
export async function openLines(chunks: AsyncIterable<Uint8Array>): Promise<OpenedLines> {
  const bytes = byteReader(chunks)
  const head = await bytes.until(NEWLINE, MOST_HEADER_BYTES)
  const header = head === undefined ? undefined : parsed(head)
  if (head === undefined || typeof header !== 'object' || header === null)
    throw new TransferRefused('This file is no backup of Doorward.')
  return { header, lines: (key) => unsealed(key, hash('sha256', head, 'buffer'), bytes) }
}

export interface OpenedLines {
  readonly header: object
  /** @throws TransferRefused at the first frame that is not as it was written. */
  readonly lines: (key: KeyObject) => AsyncGenerator<string>
}

async function* unsealed(key: KeyObject, bound: Buffer, bytes: ByteReader): AsyncGenerator<string> {
  for (let frames = 0; ; frames++) {
    const prefix = (await bytes.take(PREFIX_BYTES)) ?? cutOff()
    const kind = prefix.readUInt8()
    const isLast = kind === 1
    const length = prefix.readUInt32BE(1)
    if (kind > 1 || length < TAG_BYTES || length > MOST_FRAME_BYTES) damaged()
    const sealed = (await bytes.take(length)) ?? cutOff()
    const cipher = createDecipheriv('aes-256-gcm', key, nonceOf(frames, isLast)).setAAD(bound)
    cipher.setAuthTag(sealed.subarray(length - TAG_BYTES))
    const packed = cipher.update(sealed.subarray(0, length - TAG_BYTES))
    try {
      cipher.final()
    } catch {
      damaged()
    }
    const text = gunzipSync(packed).toString()
    if (text !== '') yield* text.slice(0, -1).split('\n')
    if (!isLast) continue
    if ((await bytes.take(1)) !== undefined)
      throw new TransferRefused('The backup goes on after its end; it was changed.')
    return
  }
}

function cutOff(): never {
  throw new TransferRefused('The backup ends before its end; copy it again from where it was made, or take another.')
}

function damaged(): never {
  throw new TransferRefused(
    'The backup is not as it was made: it is damaged or was changed; copy it again, or take another.',
  )
}

function nonceOf(frame: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES)
  nonce.writeUInt8(isLast ? 1 : 0)
  nonce.writeUInt32BE(frame, NONCE_BYTES - 4)
  return nonce
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

interface ByteReader {
  /** Exactly so many; undefined where there are fewer left. */
  readonly take: (count: number) => Promise<Buffer | undefined>
  /** Up to and with a byte; undefined where it is not among the next `most`. */
  readonly until: (byte: number, most: number) => Promise<Buffer | undefined>
}

function byteReader(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const source = chunks[Symbol.asyncIterator]()
  let held: Buffer[] = []
  let count = 0

  async function more(): Promise<boolean> {
    const { done, value } = await source.next()
    if (done === true) return false
    held.push(Buffer.from(value))
    count += value.length
    return true
  }

  function whole(): Buffer {
    const all = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held)
    held = [all]
    return all
  }

  function cut(at: number): Buffer {
    const all = whole()
    held = [all.subarray(at)]
    count = all.length - at
    return all.subarray(0, at)
  }

  return {
    take: async (wanted) => {
      while (count < wanted) if (!(await more())) return undefined
      return cut(wanted)
    },
    until: async (byte, most) => {
      for (;;) {
        const at = whole().indexOf(byte)
        if (at >= 0 && at < most) return cut(at + 1)
        if (count >= most || !(await more())) return undefined
      }
    },
  }
}
