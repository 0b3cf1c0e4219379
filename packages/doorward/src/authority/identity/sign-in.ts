import { sha256 } from '@doorward/core/kernel/digest'
import { seal, unseal } from '@doorward/core/kernel/seal'
import type { StoredUser } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { MOST_ACCOUNTS } from '../cookies.ts'
import { NOBODY, TooBusy, verifyPassword } from './password.ts'
import { type Arriving, openSession } from './session.ts'
import { providerFor } from './settings.ts'
import { normalEmail } from './users.ts'

const FREE_TRIES = 5
const LONGEST_WAIT_SECONDS = 900
/** Characters of a digest. */
const MARK_LENGTH = 16
/** Tries from one network, at whichever process, before it has to wait: who tries one password at many addresses is slowed down by it. */
const NETWORK_TRIES = { burst: 60, everySeconds: 1 }

export type SignIn =
  | { readonly verdict: 'signed-in'; readonly user: StoredUser; readonly session: string; readonly known: string }
  | { readonly verdict: 'wrong' }
  | { readonly verdict: 'wait'; readonly seconds: number }
  | { readonly verdict: 'busy' }

/** No wait for the first tries, then 2, 4, 8 … seconds up to a quarter of an hour. */
export function backOff(failures: number): number {
  return failures < FREE_TRIES ? 0 : Math.min(LONGEST_WAIT_SECONDS, 2 ** (failures - FREE_TRIES + 1))
}

/**
 * Signs a person in with e-mail and password. The attempt is counted before the password is looked at, for an address that
 * belongs to nobody like for any other, and nothing is hashed while it has to wait.
 * @param known what this browser kept from an earlier sign-in: it is counted apart, so that a stranger who guesses at an
 * address does not lock its owner out.
 */
export async function signIn(
  ctx: AuthorityContext,
  visit: Visit,
  email: string,
  password: string,
  known?: string,
  from: Partial<Arriving> = {},
): Promise<SignIn> {
  const now = ctx.now()
  const address = normalEmail(email)
  const browser = openKnown(ctx, known)
  const isKnown = browser?.addresses.includes(markOf(address)) === true
  const key = sha256(isKnown ? `browser ${browser.id} ${address}` : `address ${address}`)
  if (!isKnown) {
    const seconds = await ctx.store.attempts.take(sha256(`sign-in ${visit.network}`), now, NETWORK_TRIES)
    if (seconds > 0) return refused('network_busy', { verdict: 'wait', seconds })
  }
  const user = await ctx.store.users.byEmail(address)
  const attempt = await ctx.store.attempts.begin(key, now, backOff)
  if (attempt.verdict === 'wait') return refused('locked_out', { verdict: 'wait', seconds: attempt.until - now })
  let right: boolean
  try {
    right = await verifyPassword(password, user?.password ?? NOBODY)
  } catch (error) {
    if (!(error instanceof TooBusy)) throw error
    await ctx.store.attempts.forgive(key)
    return refused('too_busy', { verdict: 'busy' })
  }
  // Said in the same words and after the same work: nobody learns which addresses sign in elsewhere, or are there at all.
  if (providerFor(ctx.signIn, address) !== undefined) return refused('federated_domain', { verdict: 'wrong' })
  if (user === undefined) return refused('user_unknown', { verdict: 'wrong' })
  if (!right) return refused('password_wrong', { verdict: 'wrong' })
  if (user.disabledAt !== undefined) return refused('user_disabled', { verdict: 'wrong' })
  const session = await openSession(
    ctx,
    visit,
    user,
    { at: now, method: 'password', amr: ['pwd'] },
    { ...from, attempt: key, password: user.password, reason: 'password' },
  )
  if (session === undefined) return { verdict: 'wrong' }
  return { verdict: 'signed-in', user, session, known: sealKnown(ctx, address, known) }

  function refused<Verdict extends SignIn>(reason: string, verdict: Verdict): Verdict {
    ctx.audit({ type: 'sign-in.refused', outcome: 'refused', reason, ...visit })
    return verdict
  }
}

/** What a browser is to us: a name of its own, and the addresses that signed in in it, the latest first. It opens nothing. */
interface Known {
  readonly id: string
  readonly addresses: readonly string[]
}

/** People share browsers: whoever signs in keeps those known who signed in before. */
function sealKnown(ctx: AuthorityContext, address: string, known: string | undefined): string {
  const before = openKnown(ctx, known)
  const id = before?.id ?? Buffer.from(ctx.random(16)).toString('base64url')
  const others = (before?.addresses ?? []).filter((other) => other !== markOf(address))
  const addresses = [markOf(address), ...others].slice(0, MOST_ACCOUNTS)
  return seal(ctx.keys.pending, Buffer.from(JSON.stringify(['browser', id, ...addresses])), ctx.random(12))
}

function openKnown(ctx: AuthorityContext, known: string | undefined): Known | undefined {
  const plain = known === undefined ? undefined : unseal(ctx.keys.pending, known)
  if (plain === undefined) return undefined
  const [kind, ...rest] = JSON.parse(plain.toString('utf8')) as string[]
  // A release before knew one address for each browser.
  const [id = '', ...addresses] = kind === 'known' ? rest.reverse() : rest
  if (kind === 'known') return { id, addresses: addresses.map((digest) => digest.slice(0, MARK_LENGTH)) }
  return kind === 'browser' ? { id, addresses } : undefined
}

/** Of 96 bits, so that all of them fit into one cookie. */
function markOf(address: string): string {
  return sha256(address).slice(0, MARK_LENGTH)
}
