import { type ClientMetadata, type MetadataRules, readClientMetadata } from '@doorward/core/oauth/client-metadata'
import { OAuthError, quoted } from '@doorward/core/oauth/error'
import { hostOrScheme } from '@doorward/core/oauth/redirect-uri'
import { formatScope, parseScope } from '@doorward/core/oauth/scope'
import type { Invitation, StoredClient, StoredInvite } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { metadataRules } from '../context.ts'
import { deniedBy, notAdmitted } from './decide.ts'
import { readInviteToken } from './invite-token.ts'
import { policyNow } from './policy-now.ts'
import { registrationResponse } from './response.ts'
import { tellOfResemblance } from './suspicion.ts'

/** The token of an `Authorization: Bearer` header, if there is one (RFC 6750 §2.1). */
export function readBearer(request: Request): string | undefined {
  return /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(request.headers.get('authorization') ?? '')?.[1]
}

/**
 * Registers with an initial access token: a client of its own, within the bounds of the invite.
 * @throws OAuthError `invalid_token` (401, RFC 6750) where the token is not good, which says nothing of the metadata.
 */
export async function registerInvited(
  ctx: AuthorityContext,
  visit: Visit,
  token: string,
  body: unknown,
): Promise<Response> {
  const now = ctx.now()
  const id = readInviteToken(ctx.keys.invite, token)
  const invite = id === undefined ? undefined : await ctx.store.invites.find(id)
  if (invite === undefined) return refuse('unknown')
  const metadata = boundedBy(invite, readClientMetadata(body, inviteRules(ctx, invite)))
  const client: StoredClient = {
    id: `dwn_${Buffer.from(ctx.random(16)).toString('base64url')}`,
    assurance: 'invited',
    metadata: { ...metadata },
    createdAt: now,
    secretsNotBefore: 0,
    vouchedBy: invite.id,
  }
  const denied = deniedBy(await policyNow(ctx), client)
  if (denied !== undefined) throw notAdmitted(denied)
  const verdict = await ctx.store.clients.putInvited(client, invite.id, now, (outcome) =>
    outcome === 'invited'
      ? {
          type: 'client.registered',
          outcome: 'allowed',
          reason: 'invited',
          client: client.id,
          ...visit,
          detail: { invite: invite.id },
        }
      : undefined,
  )
  if (verdict !== 'invited') return refuse(verdict)
  tellOfResemblance(ctx, visit, client)
  return registrationResponse(ctx, client, metadata)
}

/** Where an invite says at which hosts answers are taken, no device is one of them. */
export function inviteRules(
  ctx: AuthorityContext,
  { redirectHosts }: Pick<StoredInvite, 'redirectHosts'>,
): MetadataRules {
  const rules = metadataRules(ctx)
  return { ...rules, deviceAuthorization: rules.deviceAuthorization === true && redirectHosts.length === 0 }
}

/** What an invite allows: where answers go, and the most that is ever granted. */
export function boundedBy(
  invite: Pick<StoredInvite, 'redirectHosts' | 'scopes'>,
  metadata: ClientMetadata,
): ClientMetadata {
  if (invite.redirectHosts.length > 0) {
    const stray = metadata.redirect_uris.find((uri) => !invite.redirectHosts.includes(hostOrScheme(uri)))
    if (stray !== undefined) {
      throw new OAuthError(
        'invalid_redirect_uri',
        `Redirect URI ${quoted(stray)} is not at one of the hosts of this invite: ${invite.redirectHosts.join(', ')}`,
        'invite_redirect_host',
      )
    }
  }
  if (invite.scopes.length === 0) return metadata
  const scopes = parseScope(metadata.scope).filter((scope) => invite.scopes.includes(scope))
  return { ...metadata, scope: formatScope(scopes.length > 0 ? scopes : invite.scopes) }
}

const WORDS: Readonly<Record<Exclude<Invitation, 'invited'>, string>> = {
  unknown: 'The initial access token is not one of this server',
  revoked: 'The invite was revoked',
  expired: 'The invite has expired',
  exhausted: 'The invite was used as often as it may be',
}

function refuse(verdict: Exclude<Invitation, 'invited'>): never {
  // RFC 7591 §3: answered as RFC 6750 has it, since it is the token that is not good.
  throw new OAuthError('invalid_token', WORDS[verdict], `invite_${verdict}`, {
    detail: { challenge: 'Bearer error="invalid_token"' },
  })
}
