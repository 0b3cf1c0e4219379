import { keepNewest } from '@doorward/core/kernel/bounded'
import {
  type ClientMetadata,
  canonicalMetadata,
  contentAddressedId,
  readClientMetadata,
} from '@doorward/core/oauth/client-metadata'
import { OAuthError } from '@doorward/core/oauth/error'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { metadataRules } from '../context.ts'
import { type Endpoint, jsonText, OPEN, parseJson, readJsonText } from '../http.ts'
import { giveBackNew, refuseNew, takeNew } from '../limits.ts'
import { refused } from '../refused.ts'
import { tellSighting } from '../trace/sightings.ts'
import { readBearer, registerInvited } from './invited.ts'
import { registrationText } from './response.ts'
import { registerStated } from './stated.ts'
import { tellOfResemblance } from './suspicion.ts'

/**
 * Registration (RFC 7591 §3), by whichever of its three doors: with an initial access token, with a software statement, or
 * open to anybody.
 */
export const registrationEndpoint: Endpoint = async (ctx, request, visit) => {
  try {
    const token = readBearer(request)
    const text = await readJsonText(request)
    if (token !== undefined) return await registerInvited(ctx, visit, token, parseJson(text))
    const before = ctx.openings.get(text)
    const open = before ?? readOpening(ctx, text)
    if ('statement' in open) return await registerStated(ctx, visit, open.statement)
    return await registerOpen(ctx, visit, open, { cameBefore: before !== undefined })
  } catch (error) {
    if (error instanceof OAuthError) {
      ctx.audit({ ...refused('client.refused', error), ...visit })
      // RFC 7591 §3.2.2 has its own word for a request that cannot be read.
      if (error.code === 'invalid_request') {
        const { description, reason, status } = error
        throw new OAuthError('invalid_client_metadata', description, reason, { status })
      }
    }
    throw error
  }
}

/**
 * Open registration. The id is a digest of what is registered, so the same software asking again, from any machine,
 * receives the same id, adds no row, and is not counted.
 */
async function registerOpen(
  ctx: AuthorityContext,
  visit: Visit,
  opening: Opening,
  { cameBefore }: { readonly cameBefore: boolean },
): Promise<Response> {
  if (!ctx.registration.isOpen) {
    throw new OAuthError(
      'invalid_token',
      'Registration here needs an initial access token; ask the operator for an invite',
      'registration_closed',
      { detail: { challenge: 'Bearer' } },
    )
  }
  const { id, canonical, metadata } = opening
  const now = ctx.now()
  const asNew = { id, assurance: 'claimed', metadata: { ...canonical }, createdAt: now, secretsNotBefore: 0 } as const
  // Registering gives nobody anything: who is blocked or denied is told so, as a person, at the first authorization.
  const since = await knownBefore(ctx, visit, asNew, { cameBefore })
  if (since === undefined) tellOfResemblance(ctx, visit, asNew)
  else {
    const recognised = { type: 'client.recognised', outcome: 'allowed', reason: 'known_before', client: id } as const
    tellSighting(ctx, visit, recognised)
    if (opening.answer?.since === since) return jsonText(201, opening.answer.text, OPEN)
  }
  const client: StoredClient = { ...asNew, createdAt: since ?? now }
  const answer = registrationText(ctx, client, metadata)
  // What holds no secret is the same each time.
  if (metadata.token_endpoint_auth_method === 'none') opening.answer = { since: client.createdAt, text: answer }
  return jsonText(201, answer, OPEN)
}

/**
 * Since when the application is known; one that is not is added. A body that came before is most often one that is known, and is
 * looked for. One that never came is most often new, and adding it tells as much as a look before would have.
 */
async function knownBefore(
  ctx: AuthorityContext,
  visit: Visit,
  client: StoredClient,
  { cameBefore }: { readonly cameBefore: boolean },
): Promise<number | undefined> {
  const { clients } = ctx.store
  const found = cameBefore ? await clients.knownSince(client.id) : undefined
  if (found !== undefined) return found
  const wait = takeNew(ctx, visit, client.createdAt)
  if (wait > 0) {
    // One that is known is no new one, also where no more of those may come.
    return (cameBefore ? undefined : await clients.knownSince(client.id)) ?? refuseNew(wait)
  }
  let isNew = false
  try {
    const verdict = await clients.put(client, () => ({
      type: 'client.registered',
      outcome: 'allowed',
      reason: 'open_registration',
      client: client.id,
      ...visit,
    }))
    isNew = verdict === 'new'
  } finally {
    if (!isNew) giveBackNew(ctx, visit)
  }
  return isNew ? undefined : ((await clients.knownSince(client.id)) ?? client.createdAt)
}

/** What a body of an open registration comes to; it depends on the body and our settings alone. */
export interface Opening {
  readonly id: string
  readonly canonical: ClientMetadata
  readonly metadata: ClientMetadata
  /** The answer to a registration of then, where it holds no secret. */
  answer?: { readonly since: number; readonly text: string }
}

/** Bodies that came before, and what they came to. Hosted clients send the very same one at every connection. */
export type OpeningMemory = Map<string, Opening>

const MOST_OPENINGS = 500
const LONGEST_REMEMBERED = 4096

function readOpening(ctx: AuthorityContext, text: string): Opening | { readonly statement: unknown } {
  const body = parseJson(text)
  if (statementOf(body) !== undefined) return { statement: body }
  const metadata = readClientMetadata(body, metadataRules(ctx))
  const canonical = canonicalMetadata(metadata)
  const opening: Opening = { id: contentAddressedId(canonical), canonical, metadata }
  if (text.length <= LONGEST_REMEMBERED) keepNewest(ctx.openings, text, opening, MOST_OPENINGS)
  return opening
}

function statementOf(body: unknown): unknown {
  return typeof body === 'object' && body !== null
    ? (body as { software_statement?: unknown }).software_statement
    : undefined
}
