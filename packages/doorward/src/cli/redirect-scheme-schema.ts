import { canBeAllowed } from '@doorward/core/oauth/redirect-uri'
import * as v from 'valibot'

/** A scheme of applications on a computer (RFC 8252 §7.1). */
export const RedirectScheme = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9+.-]*$/, 'a scheme is lower case, like cursor'),
  v.check(canBeAllowed, 'this is a scheme of the web, or one that can run code, and is never allowed so; leave it out'),
)
