import { someMember } from '@doorward/core/kernel/json'

/** What decides where a message goes and what it may do. In a batch each message stands one level deeper. */
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
  return someMember(text, (name, level, isRepeated) => isRepeated || isRespelled(name, DECIDING[level] ?? []))
}

function isRespelled(name: string, deciding: readonly string[]): boolean {
  return !deciding.includes(name) && deciding.includes(folded(name.trim()))
}

/** By way of the capitals: `ſ` is one of the two small letters of `S`, and readers that fold (Go's) take `paramſ` for `params`. */
function folded(name: string): string {
  return name.toUpperCase().toLowerCase()
}
