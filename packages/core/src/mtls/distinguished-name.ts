import { type Der, expected, readDer, readOid, SEQUENCE, SET } from './der.ts'

/** One attribute of a name: its type as numbers and dots, its value as text or, where only that is known, as bytes of DER. */
interface Attribute {
  readonly type: string
  readonly text?: string | undefined
  readonly der?: Uint8Array | undefined
}

/** A distinguished name: its relative names from the root down, each of one attribute or several. */
export type DistinguishedName = readonly (readonly Attribute[])[]

/** RFC 4514 §3, and those that banks and authorities of certificates use besides (RFC 4519, X.520). */
const TYPES: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SERIALNUMBER: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  STREET: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  BUSINESSCATEGORY: '2.5.4.15',
  ORGANIZATIONIDENTIFIER: '2.5.4.97',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
  EMAILADDRESS: '1.2.840.113549.1.9.1',
}

const UTF8_STRING = 0x0c
const PRINTABLE_STRING = 0x13
const IA5_STRING = 0x16

const LONGEST = 1024
const TYPE = /^ *([A-Za-z][A-Za-z0-9-]*|[0-2](?:\.(?:0|[1-9][0-9]*))+)=/
const HEX_VALUE = /^#((?:[0-9A-Fa-f]{2})+)(?=[,+]|$)/
// RFC 4514 §3: an escape, or a character that needs none. Spaces are judged by where they stand.
const ESCAPED = /^\\(?:([0-9A-Fa-f]{2})|([ "#+,;<=>\\]))/
const PLAIN = /^[^\0"+,;<>\\]/u

/** Reads the string form of RFC 4514; undefined where it is none, or could be read in two ways. */
export function readDistinguishedName(text: string): DistinguishedName | undefined {
  if (text.length > LONGEST) return undefined
  const names: Attribute[][] = [[]]
  let rest = text
  for (;;) {
    const [head, named] = TYPE.exec(rest) ?? []
    if (head === undefined || named === undefined) return undefined
    const type = /^[0-2]\./.test(named) ? named : TYPES[named.toUpperCase()]
    if (type === undefined) return undefined
    const value = readValue(rest.slice(head.length))
    if (value === undefined) return undefined
    const relative = names.at(-1) as Attribute[]
    // X.501 §9.3: one value for each type, so that two relative names are compared in one way only.
    if (relative.some((attribute) => attribute.type === type)) return undefined
    relative.push({ type, ...value.is })
    rest = value.rest
    if (rest === '') return names.reverse() // RFC 4514 §2.1: the string starts with the last of them.
    if (rest.startsWith(',')) names.push([])
    rest = rest.slice(1)
  }
}

function readValue(text: string): { is: Omit<Attribute, 'type'>; rest: string } | undefined {
  const [hexAll, hex] = HEX_VALUE.exec(text) ?? []
  if (hexAll !== undefined && hex !== undefined)
    return { is: { der: Buffer.from(hex, 'hex') }, rest: text.slice(hexAll.length) }
  if (/^[ #]/.test(text)) return undefined
  const bytes: Uint8Array[] = []
  let rest = text
  let endsInSpace = false
  while (rest !== '' && !/^[,+]/.test(rest)) {
    const [escaped, pair, special] = ESCAPED.exec(rest) ?? []
    const taken = escaped ?? PLAIN.exec(rest)?.[0]
    if (taken === undefined) return undefined
    bytes.push(pair === undefined ? Buffer.from(special ?? taken) : Buffer.from(pair, 'hex'))
    endsInSpace = taken === ' '
    rest = rest.slice(taken.length)
  }
  const value = decodeUtf8(Buffer.concat(bytes))
  return value === undefined || endsInSpace ? undefined : { is: { text: value }, rest }
}

/**
 * Reads the Name of a certificate (RFC 5280 §4.1.2.4).
 * @throws TypeError where it is not one.
 */
export function readDerName(name: Der): DistinguishedName {
  return readDer(expected(name, SEQUENCE).content).map((relative) =>
    readDer(expected(relative, SET).content).map((attribute) => {
      const [type, value, more] = readDer(expected(attribute, SEQUENCE).content)
      if (value === undefined || more !== undefined) throw new TypeError('not a name')
      return { type: readOid(type), text: textOf(value), der: value.whole }
    }),
  )
}

/** Text in a string type of our days; of older ones, whose characters nobody is sure of, the bytes alone count. */
function textOf({ tag, content }: Der): string | undefined {
  if (tag === UTF8_STRING) return decodeUtf8(content)
  if (tag !== PRINTABLE_STRING && tag !== IA5_STRING) return undefined
  return content.every((byte) => byte < 0x80) ? Buffer.from(content).toString('latin1') : undefined
}

/**
 * Whether a certificate's name is the one expected: as many relative names, in the same order, each with the same attributes
 * in any order (RFC 4517 §4.2.15). Case of ASCII letters and width of spaces do not count, as in RFC 5280 §7.1; no further
 * characters are taken for each other.
 */
export function isSameName(wanted: DistinguishedName, actual: DistinguishedName): boolean {
  return (
    wanted.length > 0 &&
    wanted.length === actual.length &&
    wanted.every((relative, i) => {
      const other = actual[i] as readonly Attribute[]
      return (
        relative.length === other.length &&
        relative.every((attribute) => {
          const same = other.filter(({ type }) => type === attribute.type)
          return same.length === 1 && isSameValue(attribute, same[0] as Attribute)
        })
      )
    })
  )
}

function isSameValue(wanted: Attribute, actual: Attribute): boolean {
  if (wanted.text === undefined) {
    return wanted.der !== undefined && actual.der !== undefined && Buffer.compare(wanted.der, actual.der) === 0
  }
  return actual.text !== undefined && prepared(wanted.text) === prepared(actual.text)
}

function prepared(text: string): string {
  return text
    .replace(/ +/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
