/** Groups that are looked at, and characters of each name. */
const MOST_GROUPS = 200
const LONGEST_NAME = 128
const LONGEST_LABEL = 254
// What could not be seen, or would turn the words around it, on the page where an operator decides about a group.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu

export interface CleanGroups {
  readonly names: readonly string[]
  /** How many were left out because they were none, too long or too many. */
  readonly dropped: number
}

/**
 * What a provider says of groups, made safe to keep: no control characters, bounded, each once. A name may contain slashes; the first one
 * of what is kept is ours, so that no provider can speak for another.
 */
export function cleanGroups(claim: unknown): CleanGroups {
  const said: readonly unknown[] = Array.isArray(claim) ? claim : claim === undefined || claim === null ? [] : [claim]
  const names = new Set<string>()
  let taken = 0
  for (const value of said.slice(0, MOST_GROUPS)) {
    const name = typeof value === 'string' && value.length <= 4 * LONGEST_NAME ? cleanName(value) : ''
    if (name === '' || name.length > LONGEST_NAME) continue
    names.add(name)
    taken++
  }
  return { names: [...names], dropped: said.length - taken }
}

/** Keycloak writes the full path of a group, with a slash at its start. */
function cleanName(text: string): string {
  return text.replace(UNSEEN, '').normalize('NFC').trim().replace(/^\/+/, '')
}

/** What a person knows an account elsewhere by, short and visible. */
export function cleanLabel(text: unknown): string {
  return typeof text === 'string' ? text.replace(UNSEEN, '').trim().slice(0, LONGEST_LABEL) : ''
}
