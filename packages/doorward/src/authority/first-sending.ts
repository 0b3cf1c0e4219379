import { sha256 } from '@doorward/core/kernel/digest'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import type { AuthorityContext } from './context.ts'

/**
 * Where the answer shows something once, a page that is loaded again would send its form again, and the secret that was just copied would
 * be void or one of two. Another wish sent from the same page, by going back to it, is another form.
 * @param seconds how long its page may be open; from then on the form is good for nothing anyway
 * @throws OAuthError `form_repeated` where the same fields came from the same page before, whatever became of them.
 */
export async function requireFirstSending(
  ctx: Pick<AuthorityContext, 'store' | 'now'>,
  form: Form,
  seconds: number,
): Promise<void> {
  // Random, sealed and of this browser: nobody else can be first.
  const key = `form ${sha256(JSON.stringify([form.require('request'), form.entries.toSorted()]))}`
  if ((await ctx.store.claims.claim(key, ctx.now() + seconds)) === 'first') return
  throw new OAuthError(
    'invalid_request',
    'This form was sent before; see whether what was wanted is there already',
    'form_repeated',
    { status: 409 },
  )
}
