import type { Fetched } from '@doorward/core/kernel/outbound'

const FLOOR_SECONDS = 60
const CEILING_SECONDS = 86_400
const DEFAULT_SECONDS = 3600

/**
 * How long an answer may be believed (RFC 9111 §4.2), between a floor and a ceiling of ours: `no-store` from a stranger must
 * not make us fetch at every request, and a year must not keep a revoked document alive.
 */
export function freshSeconds(fetched: Pick<Fetched, 'header'>): number {
  const directives = new Map(
    (fetched.header('cache-control') ?? '')
      .toLowerCase()
      .split(',')
      .map((directive) => directive.trim().split('=') as [string, string | undefined]),
  )
  if (directives.has('no-store') || directives.has('no-cache')) return FLOOR_SECONDS
  const given = seconds(directives.get('s-maxage')) ?? seconds(directives.get('max-age'))
  const age = seconds(fetched.header('age')) ?? 0
  return Math.min(CEILING_SECONDS, Math.max(FLOOR_SECONDS, (given ?? DEFAULT_SECONDS) - age))
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^"?\d{1,9}"?$/.test(text) ? Number(text.replaceAll('"', '')) : undefined
}
