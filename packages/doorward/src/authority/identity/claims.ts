import { isEmail, normalEmail } from './users.ts'

/** Groups that are looked at, and characters of each name. */
const MOST_GROUPS = 200
const LONGEST_NAME = 128
const LONGEST_LABEL = 254
const LONGEST_EMAIL = 255
// What could not be seen, or would turn the words around it, on the page where an operator decides about a group.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu

export interface CleanGroups {
  readonly names: readonly string[]
  /** How many were left out because they were none, too long or too many. */
  readonly dropped: number
}

/**
 * What a provider says of groups, as far as it can be kept: bounded, each once, byte for byte. A name with something in it that nobody can see
 * is left out and not mended: mended, it would be another group. A name may contain slashes; the first one of what is kept is ours, so
 * that no provider can speak for another.
 */
export function cleanGroups(claim: unknown): CleanGroups {
  const said: readonly unknown[] = Array.isArray(claim) ? claim : claim === undefined || claim === null ? [] : [claim]
  const taken = said.slice(0, MOST_GROUPS).filter(isPlainName)
  return { names: [...new Set(taken)], dropped: said.length - taken.length }
}

function isPlainName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME && visible(value) === value
}

export type Claims = Readonly<Record<string, unknown>>

/** What stands at the end of a path of names, as in Keycloak's `realm_access.roles`. */
export function claimAt(claims: Claims, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Claims)[name] : undefined),
    claims,
  )
}

/** OpenID Connect Core §5.6.2: said by reference only. Entra ID does so with groups that are too many for a token. */
export function isElsewhere(claims: Claims, [name = '']: readonly string[]): boolean {
  const names = claims._claim_names
  return (typeof names === 'object' && names !== null && Object.hasOwn(names, name)) || claims[`has${name}`] === true
}

/** What an ID token says, and beside it what was asked for; whether an address is verified is said of the one that stands with it. */
export function claimsTogether(idToken: Claims, userInfo: Claims): Claims {
  const { email, email_verified } = idToken.email === undefined ? userInfo : idToken
  return { ...userInfo, ...idToken, email, email_verified }
}

// OpenID Connect Core §2: a case sensitive string of at most 255 ASCII characters.
export function cleanSubject(sub: unknown): string | undefined {
  return typeof sub === 'string' && /^[\x20-\x7e]{1,255}$/.test(sub) ? sub : undefined
}

/**
 * An address as it is kept, where it is one. One that would become another by more than its case is nobody's: a provider may have
 * verified `ａda@…`, and its owner need not be `ada@…`.
 */
export function cleanEmail(email: unknown): string | undefined {
  if (typeof email !== 'string' || email.length > LONGEST_EMAIL) return undefined
  const address = normalEmail(email)
  return email === email.normalize('NFKC').trim() && isEmail(address) ? address : undefined
}

const visible = (text: string) => text.replace(UNSEEN, '').normalize('NFC').trim()

/** What a person knows an account elsewhere by, short and visible. */
export function cleanLabel(text: unknown): string {
  return typeof text === 'string' ? visible(text.slice(0, 4 * LONGEST_LABEL)).slice(0, LONGEST_LABEL) : ''
}
