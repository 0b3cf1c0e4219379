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

export function isUsablePassword(password: string): boolean {
  return password.length >= SHORTEST_PASSWORD && password.length <= LONGEST_PASSWORD
}

export type NewUser = { readonly verdict: 'added' | 'taken'; readonly user: StoredUser }

/** @throws Error with a sentence for the operator where address or password will not do. */
export async function addUser(
  ctx: Pick<AuthorityContext, 'store' | 'now' | 'random'>,
  person: { email: string; password: string; operator: boolean },
): Promise<NewUser> {
  const email = normalEmail(person.email)
  if (!/^[^\s@]{1,64}@[^\s@]{1,190}$/.test(email))
    throw new Error(`'${email}' is not an e-mail address; give one like ada@example.com.`)
  if (!isUsablePassword(person.password)) {
    throw new Error(`The password has to have ${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters.`)
  }
  const now = ctx.now()
  const user: StoredUser = {
    id: `dwu_${timeOrderedId(now * 1000, ctx.random)}`,
    email,
    password: await hashPassword(person.password),
    operator: person.operator,
    groups: [],
    createdAt: now,
  }
  const verdict = await ctx.store.users.add(user, (outcome) =>
    outcome === 'added'
      ? { type: 'user.added', outcome: 'allowed', reason: person.operator ? 'operator' : 'person', actor: user.id }
      : undefined,
  )
  return { verdict, user }
}
