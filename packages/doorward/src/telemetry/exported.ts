import type { AuditEvent } from '@doorward/core/kernel/audit'

/**
 * What `detail` may take along. The rest stays in the database, under the reference: words that strangers wrote, paths that they
 * asked for, messages of other programs.
 */
const DETAILS = [
  'count',
  'document',
  'flow',
  'from',
  'generation',
  'groups',
  'http',
  'invite',
  'kids',
  'method',
  'of',
  'person',
  'provider',
  'retry_after',
  'rule',
  'scope',
  'sessions',
  'to',
  'uses',
] as const
const MOST_CHARACTERS = 200
const WITHHELD = '(withheld)'
// Strangers choose what they call themselves. What looks like an address of a person, one of our secrets or a JWT is not passed on.
const NOT_OURS_TO_TELL = /@|dw[adimrs]_|eyJ/

/** One decision as it may leave the house: flat, bounded, and with nobody's address in it. */
export type Exported = Readonly<Record<string, string | number | boolean>>

export function exportedEvent({ type, outcome, reason, detail, ...facts }: AuditEvent): Exported {
  const told: Record<string, string | number | boolean> = { type, outcome, reason }
  for (const name of ['correlation', 'actor', 'client', 'resource', 'grant', 'network'] as const) {
    const fact = facts[name]
    if (fact !== undefined) told[name] = bounded(fact)
  }
  for (const name of DETAILS) {
    const fact = detail?.[name]
    if (fact !== undefined) told[`detail.${name}`] = typeof fact === 'string' ? bounded(fact) : fact
  }
  return told
}

function bounded(text: string): string {
  return NOT_OURS_TO_TELL.test(text) ? WITHHELD : text.slice(0, MOST_CHARACTERS)
}
