import { OAuthError } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import type { AuthorityContext } from '../authority/context.ts'
import { BROWSER, readCookie } from '../authority/cookies.ts'
import { readFormBody } from '../authority/http.ts'
import { type SignedIn, signedInUser } from '../authority/identity/session.ts'
import { requireFormToken } from './form-token.ts'

/** A form of a page of ours, in the browser that it was made for. */
export interface OwnForm {
  readonly form: Form
  readonly browser: string
  /** Who sent it, and the page was shown to them; undefined where nobody is signed in any more. */
  readonly found: SignedIn | undefined
}

/**
 * What a person sends with a page that acts for them.
 * @throws OAuthError where another site, another browser or the page of another account made it.
 */
export async function takeOwnForm(ctx: AuthorityContext, request: Request): Promise<OwnForm> {
  const form = await readFormBody(request)
  const browser = readCookie(ctx, request, BROWSER)
  const { userId } = requireFormToken(ctx, browser, form.require('request'))
  const found = await signedInUser(ctx, request)
  if (found !== undefined && userId !== found.user.id) {
    throw new OAuthError(
      'access_denied',
      'You are signed in as somebody else than when this page was shown',
      'form_of_another_account',
      { status: 403 },
    )
  }
  return { form, browser: browser as string, found }
}
