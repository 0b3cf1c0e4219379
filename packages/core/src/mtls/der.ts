/** One value of DER (X.690 §8.1): its tag byte, what is in it, and all of it. */
export interface Der {
  readonly tag: number
  readonly content: Uint8Array
  readonly whole: Uint8Array
}

export const BOOLEAN = 0x01
export const INTEGER = 0x02
export const BIT_STRING = 0x03
export const OCTET_STRING = 0x04
export const OBJECT_IDENTIFIER = 0x06
export const SEQUENCE = 0x30
export const SET = 0x31

/**
 * The values that lie one after the other in `bytes`. Node's readings of a name are text made for eyes, in which one entry can
 * pass for two (CVE-2021-44532); these are the bytes that were signed.
 * @throws TypeError where it is not DER: lengths that are indefinite, longer than need be, or past the end.
 */
export function readDer(bytes: Uint8Array): Der[] {
  const values: Der[] = []
  let at = 0
  while (at < bytes.length) {
    const start = at
    const tag = byteAt(bytes, at++)
    if ((tag & 0x1f) === 0x1f) malformed() // No certificate needs a tag of several bytes.
    let length = byteAt(bytes, at++)
    if (length >= 0x80) {
      const size = length & 0x7f
      if (size === 0 || size > 3) malformed()
      length = 0
      for (let i = 0; i < size; i++) length = length * 256 + byteAt(bytes, at++)
      if (length < 0x80 || length < 256 ** (size - 1)) malformed()
    }
    if (at + length > bytes.length) malformed()
    values.push({ tag, content: bytes.subarray(at, at + length), whole: bytes.subarray(start, at + length) })
    at += length
  }
  return values
}

/** The one value that `bytes` are, of the kind that is expected. */
export function readOne(bytes: Uint8Array, tag: number): Der {
  const [value, second] = readDer(bytes)
  return second === undefined ? expected(value, tag) : malformed()
}

export function expected(value: Der | undefined, tag: number): Der {
  return value !== undefined && value.tag === tag ? value : malformed()
}

/** An object identifier with its numbers and dots (X.690 §8.19). */
export function readOid(value: Der | undefined): string {
  const { content } = expected(value, OBJECT_IDENTIFIER)
  const numbers: number[] = []
  let number = 0
  for (const [i, byte] of content.entries()) {
    if (number === 0 && byte === 0x80) malformed()
    number = number * 128 + (byte & 0x7f)
    if (!Number.isSafeInteger(number)) malformed()
    if (byte < 0x80) {
      numbers.push(number)
      number = 0
    } else if (i === content.length - 1) malformed()
  }
  const [first] = numbers
  if (first === undefined) malformed()
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - 40 * root, ...numbers.slice(1)].join('.')
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? malformed()
}

function malformed(): never {
  throw new TypeError('not DER')
}
