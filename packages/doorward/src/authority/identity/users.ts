import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { StoredUser } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'
import { timeOrderedId } from '../ids.ts'
import { hashPassword } from './password.ts'

const LONGEST_PASSWORD = 1024
const SHORTEST_PASSWORD = 12

/** The form in which addresses are kept and compared. */
export function normalEmail(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase()
}

/** Of an address in its kept form: one `@`, and nothing in it that nobody can see. */
export function isEmail(address: string): boolean {
  return /^[^\s@]{1,64}@[^\s@]{1,190}$/.test(address) && !/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u.test(address)
}

export function isUsablePassword(password: string): boolean {
  return password.length >= SHORTEST_PASSWORD && password.length <= LONGEST_PASSWORD
}

export type NewUser = { readonly verdict: 'added' | 'taken'; readonly user: StoredUser }

/**
 * @param told the event of it; that the person came by themselves where left out
 * @throws Error with a sentence for the operator where address or password will not do.
 */
export async function addUser(
  ctx: Pick<AuthorityContext, 'store' | 'now' | 'random'>,
  person: { email: string; password: string | undefined; operator: boolean },
  told: (user: StoredUser) => AuditEvent = addedEvent,
): Promise<NewUser> {
  const problem = problemOfPerson(person)
  if (problem !== undefined) throw new Error(problem)
  const email = normalEmail(person.email)
  const now = ctx.now()
  const user: StoredUser = {
    id: `dwu_${timeOrderedId(now * 1000, ctx.random)}`,
    email,
    // Without one, nothing that anybody can type fits.
    password: person.password === undefined ? '' : await hashPassword(person.password),
    operator: person.operator,
    groups: [],
    createdAt: now,
  }
  const verdict = await ctx.store.users.add(user, (outcome) => (outcome === 'added' ? told(user) : undefined))
  return { verdict, user }
}

function addedEvent({ id, operator }: StoredUser): AuditEvent {
  return { type: 'user.added', outcome: 'allowed', reason: operator ? 'operator' : 'person', actor: id }
}

/** Why address or password will not do, in a sentence for the operator. */
export function problemOfPerson({
  email,
  password,
}: {
  readonly email: string
  readonly password: string | undefined
}): string | undefined {
  const address = normalEmail(email)
  if (!isEmail(address)) return `'${address}' is not an e-mail address; give one like ada@example.com.`
  if (password !== undefined && !isUsablePassword(password))
    return `The password has to have ${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters.`
  return undefined
}
