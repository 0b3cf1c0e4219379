import { sha256 } from '@doorward/core/kernel/digest'
import type { AuthorityContext, Visit } from '../context.ts'
import type { Endpoint } from '../http.ts'
import { takeToken } from '../limits.ts'
import { findClient } from './find-client.ts'
import { fetchLogo, type Logo } from './logos.ts'

/** Of those that another process showed. */
const RATE_OF_NETWORK = { burst: 20, perSecond: 0.2 }

/** `GET /logo/<digest>`: a picture, in a box from which nothing can reach anything. */
export const logoEndpoint: Endpoint = async (ctx, request, visit) => {
  const { pathname, searchParams } = new URL(request.url)
  const key = pathname.split('/').at(-1) ?? ''
  const logo = ctx.logos.get(key) ?? (await shownElsewhere(ctx, visit, key, searchParams.get('of')))
  if (logo === undefined || logo === 'none')
    return new Response(null, {
      status: 404,
      headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    })
  return new Response(new Uint8Array(logo.bytes), {
    headers: {
      'content-type': logo.type,
      'cache-control': 'private, max-age=3600',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    },
  })
}

/** A page of another process shows it. Only what a client that may show one says of itself is fetched. */
async function shownElsewhere(
  ctx: AuthorityContext,
  visit: Visit,
  key: string,
  id: string | null,
): Promise<Logo | undefined> {
  if (id === null || takeToken(ctx.buckets, `logos ${visit.network}`, ctx.now(), RATE_OF_NETWORK) > 0) return undefined
  const client = await findClient(ctx, visit, id).catch(() => undefined)
  const address = client?.metadata.logo_uri
  if (client === undefined || client.assurance === 'claimed') return undefined
  return typeof address === 'string' && sha256(address) === key ? fetchLogo(ctx, visit, address) : undefined
}
