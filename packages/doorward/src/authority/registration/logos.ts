import { keepNewest } from '@doorward/core/kernel/bounded'
import { sha256 } from '@doorward/core/kernel/digest'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'

export interface Logo {
  readonly type: string
  readonly bytes: Uint8Array
}

/** By the digest of their address. Bounded, and all of it can be lost. */
export type LogoMemory = Map<string, Logo | 'none'>

const MOST_LOGOS = 64
const MOST_BYTES = 64 * 1024

// What a file is, by its first bytes. No SVG: it can carry script, and what looks like a picture should be one.
const KINDS: readonly (readonly [string, readonly number[]])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', [0x52, 0x49, 0x46, 0x46]],
]

/** Fetches the logo while the person signs in, so that the consent page can show it and no browser ever asks its server. */
export function prefetchLogo(ctx: AuthorityContext, visit: Visit, client: StoredClient): void {
  const address = client.metadata.logo_uri
  if (typeof address !== 'string' || ctx.logos.has(sha256(address))) return
  void fetchLogo(ctx, visit, address)
}

export async function fetchLogo(ctx: AuthorityContext, visit: Visit, address: string): Promise<Logo | undefined> {
  const key = sha256(address)
  keepNewest(ctx.logos, key, 'none', MOST_LOGOS)
  try {
    const accept = 'image/png, image/jpeg, image/webp, image/gif'
    const { status, body } = await ctx.fetchStranger({
      url: address,
      accept,
      mostBytes: MOST_BYTES,
      onBehalfOf: visit.network,
    })
    const kind = KINDS.find(([, start]) => start.every((byte, i) => body[i] === byte))
    if (status !== 200 || kind === undefined) return undefined
    const logo = { type: kind[0], bytes: body }
    keepNewest(ctx.logos, key, logo, MOST_LOGOS)
    return logo
  } catch {
    return undefined
  }
}

/** Where the logo of a client can be seen, if there is one and somebody other than the client itself vouches for it. */
export function logoAddress(ctx: AuthorityContext, client: StoredClient): string | undefined {
  const address = client.metadata.logo_uri
  if (typeof address !== 'string' || client.assurance === 'claimed') return undefined
  const key = sha256(address)
  const logo = ctx.logos.get(key)
  // Whichever process is asked for it can find out what it is of.
  const of = encodeURIComponent(client.id)
  return logo === undefined || logo === 'none' ? undefined : `${ctx.issuer}/logo/${key}?of=${of}`
}
