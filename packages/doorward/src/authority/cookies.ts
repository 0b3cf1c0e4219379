import type { AuthorityContext } from './context.ts'

/** Names this browser while nobody is signed in; binds pages to it. */
export const BROWSER = 'browser'
export const SESSION = 'session'
/** The sessions of the other people who are signed in in this browser, one after the other. */
export const ACCOUNTS = 'accounts'
/** Accounts that one browser is signed in to at once. The one that has waited longest makes room. */
export const MOST_ACCOUNTS = 5
/** 32 bytes as base64url. */
export const SESSION_LENGTH = 43
/** Remembers that somebody signed in here before, so that a stranger's guesses do not lock them out. */
export const KNOWN = 'known'
export const KNOWN_SECONDS = 400 * 86_400

/** On https the `__Host-` prefix (RFC 6265bis §4.1.3.2); a plain loopback issuer has to do without `Secure`. */
export function cookieName({ issuer }: Pick<AuthorityContext, 'issuer'>, name: string): string {
  const { isSecure, port } = addressOf(issuer)
  return isSecure ? `__Host-doorward-${name}` : `doorward-${port}-${name}`
}

interface Address {
  readonly isSecure: boolean
  readonly port: string
}

/** There is one issuer, and several cookies at each request. */
const ADDRESSES = new Map<string, Address>()

function addressOf(issuer: string): Address {
  const known = ADDRESSES.get(issuer)
  if (known !== undefined) return known
  const { protocol, port } = new URL(issuer)
  const address = { isSecure: protocol === 'https:', port }
  ADDRESSES.set(issuer, address)
  return address
}

export function readCookie(ctx: Pick<AuthorityContext, 'issuer'>, request: Request, name: string): string | undefined {
  const wanted = cookieName(ctx, name)
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const equals = pair.indexOf('=')
    // RFC 6265 §4.2.1: a space comes before a name. `trim` takes away more, so that a name which any host beside ours may set, a
    // no-break space and then `__Host-`, would be ours.
    if (equals > 0 && pair.slice(0, equals).replace(/^[ \t]+/, '') === wanted) {
      const value = pair.slice(equals + 1).trim()
      return /^[A-Za-z0-9_-]{16,256}$/.test(value) ? value : undefined
    }
  }
  return undefined
}

/** `maxAge` in seconds; 0 takes the cookie away. */
export function writeCookie(
  ctx: Pick<AuthorityContext, 'issuer'>,
  name: string,
  value: string,
  maxAge: number,
): string {
  const secure = addressOf(ctx.issuer).isSecure ? '; Secure' : ''
  return `${cookieName(ctx, name)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`
}

/** The sessions in the cookies of a request that are not the current one. */
export function otherSessions(ctx: Pick<AuthorityContext, 'issuer'>, request: Request): readonly string[] {
  const all = readCookie(ctx, request, ACCOUNTS) ?? ''
  const whole = Math.min(MOST_ACCOUNTS - 1, Math.floor(all.length / SESSION_LENGTH))
  return Array.from({ length: whole }, (_, i) => all.slice(i * SESSION_LENGTH, (i + 1) * SESSION_LENGTH))
}
