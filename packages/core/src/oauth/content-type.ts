export interface ContentType {
  /** `type/subtype`, lower case. */
  readonly type: string
  /** Names in lower case, values without quotes. */
  readonly parameters: ReadonlyMap<string, string>
}

const LONGEST = 512
const TYPE = /^\s*([A-Za-z0-9!#$%&'*+\-.^_`|~]+\/[A-Za-z0-9!#$%&'*+\-.^_`|~]+)\s*/
const PARAMETER = /^;\s*(?:([A-Za-z0-9!#$%&'*+\-.^_`|~]+)=(?:([A-Za-z0-9!#$%&'*+\-.^_`|~]+)|"([^"\\\p{Cc}]*)")\s*)?/u

/**
 * Reads a Content-Type header (RFC 9110 §8.3). What is malformed, or names a parameter twice, is no content type: two
 * readers would see two different ones.
 */
export function readContentType(header: string | null | undefined): ContentType | undefined {
  if (header === null || header === undefined || header.length > LONGEST) return undefined
  const start = TYPE.exec(header)
  if (start === null) return undefined
  const parameters = new Map<string, string>()
  let rest = header.slice(start[0].length)
  while (rest !== '') {
    const found = PARAMETER.exec(rest)
    if (found === null) return undefined
    const name = found[1]?.toLowerCase()
    if (name !== undefined) {
      if (parameters.has(name)) return undefined
      parameters.set(name, found[2] ?? found[3] ?? '')
    }
    rest = rest.slice(found[0].length)
  }
  return { type: (start[1] as string).toLowerCase(), parameters }
}

/**
 * Whether every reader takes the body for JSON in UTF-8 (RFC 8259 §8.1). Only `charset` may stand beside the type: what a
 * server behind reads otherwise than we do could carry something past us.
 */
export function isPlainJson(header: string | null | undefined): boolean {
  const read = readContentType(header)
  if (read?.type !== 'application/json') return false
  return [...read.parameters].every(([name, value]) => name === 'charset' && /^utf-?8$/i.test(value))
}
