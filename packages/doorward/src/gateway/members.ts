const WHITESPACE = /[\s:,]/
/** What decides where a message goes and what it may do. */
const DECIDING: Readonly<Record<number, readonly string[]>> = {
  1: ['jsonrpc', 'id', 'method', 'params', 'result', 'error'],
  2: ['name', 'uri', 'arguments', '_meta'],
}

/**
 * Whether another reader could find another message in the same text: a member that stands twice (readers differ in which
 * one counts, RFC 8259 §4), or one that is spelled like a deciding member in other letters (some readers do not mind).
 * The text is known to be valid JSON.
 */
export function isAmbiguous(text: string): boolean {
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
        // In a batch each message stands one level deeper.
        const level = seen.filter((entry) => entry !== undefined).length
        if (names.has(name) || isRespelled(name, DECIDING[level] ?? [])) return true
        names.add(name)
        expectsName = false
      }
      i = end
    }
  }
  return false
}

function isRespelled(name: string, deciding: readonly string[]): boolean {
  return !deciding.includes(name) && deciding.includes(name.trim().toLowerCase())
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; ; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') return i
  }
}
