import type { Seconds } from '@doorward/core/kernel/seconds'
import type { Describe } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'
import { type Drawing, drawSecret } from './response.ts'

/**
 * Another secret for an application, which never ends by itself. Those of before are void at once, unless they are kept.
 * @returns the secret, to be shown once, and when it was issued; `unknown` where the application went
 */
export async function renewSecret(
  ctx: Drawing & Pick<AuthorityContext, 'store'>,
  id: string,
  keepOlder: boolean,
  describe: Describe<'done'>,
): Promise<{ readonly secret: string; readonly issuedAt: Seconds } | 'unknown'> {
  const now = ctx.now()
  // A second more than any before it, so that of two in one second the later one ends the earlier one too.
  const next = (was: Seconds) => (keepOlder ? was : Math.max(was, now) + 1)
  const secretsNotBefore = await ctx.store.clients.endSecrets(id, next, describe)
  return secretsNotBefore === 'unknown' ? 'unknown' : drawSecret(ctx, { id, secretsNotBefore }, 0)
}
