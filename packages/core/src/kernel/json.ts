/** What a text turned out to be, read as JSON. */
export type ReadJson =
  | { readonly verdict: 'good'; readonly value: unknown }
  | { readonly verdict: 'malformed' | 'too_deep' | 'member_twice' }

/**
 * Reads JSON that has one reading: nested at most `deepest` levels, and no member twice, since readers differ in which one
 * counts (RFC 8259 §4).
 */
export function readStrictJson(text: string, deepest: number): ReadJson {
  if (depthOf(text) > deepest) return { verdict: 'too_deep' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { verdict: 'malformed' }
  }
  return someMember(text, (_name, _level, isRepeated) => isRepeated)
    ? { verdict: 'member_twice' }
    : { verdict: 'good', value }
}

/** How many objects and arrays stand in one another. For a text that is not JSON it may be any number. */
export function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === QUOTE) i = endOfString(text, i)
    else if (c === 0x7b || c === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (c === 0x7d || c === 0x5d) depth--
  }
  return deepest
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const WHITESPACE = /[\s:,]/

/**
 * Whether some member of some object in a valid JSON text answers to `isWanted`, which hears its name, in how many objects
 * it stands, and whether the same object had it before.
 */
export function someMember(
  text: string,
  isWanted: (name: string, level: number, isRepeated: boolean) => boolean,
): boolean {
  const seen: (Set<string> | undefined)[] = []
  let expectsName = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string
    if (WHITESPACE.test(c)) {
      if (c === ',') expectsName = seen.at(-1) !== undefined
    } else if (c === '{') {
      seen.push(new Set())
      expectsName = true
    } else if (c === '[') {
      seen.push(undefined)
      expectsName = false
    } else if (c === '}' || c === ']') {
      seen.pop()
      expectsName = false
    } else if (c === '"') {
      const end = endOfString(text, i)
      if (expectsName) {
        const name = JSON.parse(text.slice(i, end + 1)) as string
        const names = seen.at(-1) as Set<string>
        const level = seen.filter((entry) => entry !== undefined).length
        if (isWanted(name, level, names.has(name))) return true
        names.add(name)
        expectsName = false
      }
      i = end
    }
  }
  return false
}

/** Where the string that begins at `start` ends; the end of the text where it does not. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === BACKSLASH) i++
    else if (c === QUOTE) return i
  }
  return text.length
}
