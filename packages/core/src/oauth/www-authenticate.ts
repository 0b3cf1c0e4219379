/** One challenge of a WWW-Authenticate header (RFC 9110 §11.6.1, RFC 6750 §3, RFC 9728 §5.1). */
export interface Challenge {
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string>>
}

/** Writes a challenge. Undefined parameters are left out; quotes and backslashes are escaped. */
export function formatChallenge(scheme: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const written = Object.entries(parameters)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${name}="${value.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`)
  return written.length === 0 ? scheme : `${scheme} ${written.join(', ')}`
}

const PARAMETER =
  /^\s{0,8}([A-Za-z0-9!#$%&'*+\-.^_`|~]{1,64})\s{0,8}=\s{0,8}(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s{0,8}(,|$)/
const SCHEME = /^\s*,*\s*([A-Za-z0-9!#$%&'*+\-.^_`|~]+)(?:\s+|$|(?=,))/
const LONGEST_HEADER = 8192

/** Reads every challenge of a header. What is malformed ends the reading; what came before it is kept. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = []
  let rest = header.slice(0, LONGEST_HEADER)
  for (;;) {
    const scheme = SCHEME.exec(rest)
    if (scheme === null) return challenges
    rest = rest.slice(scheme[0].length)
    const parameters: Record<string, string> = {}
    for (;;) {
      const parameter = PARAMETER.exec(rest)
      if (parameter === null) break
      const name = (parameter[1] as string).toLowerCase()
      parameters[name] ??= parameter[2]?.replace(/\\(.)/g, '$1') ?? (parameter[3] as string)
      rest = rest.slice(parameter[0].length)
    }
    challenges.push({ scheme: scheme[1] as string, parameters })
  }
}
