import { isClientIdUrl } from '@doorward/core/oauth/client-id-url'
import { OAuthError, quoted } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { authenticationMethods } from '../mtls.ts'
import { deniedBy } from '../registration/decide.ts'
import { findDocumentClient, renewDocument } from '../registration/documents.ts'
import { policyNow } from '../registration/policy-now.ts'
import { judgeAssertion } from './client-assertion.ts'
import type { ClientAuthentication, PresentedCredentials } from './client-authentication/client-authentication.ts'
import { CLIENT_AUTHENTICATIONS } from './client-authentication/index.ts'
import { CERTIFICATE_WORDS } from './client-certificate.ts'
import { judgeClientSecret } from './client-secret.ts'

/**
 * Finds out which client is asking: exactly one method, and the one it registered (RFC 6749 §2.3).
 * @param options.documents whether one may be asking whom nobody has agreed to yet, so that only its document tells of it
 * @throws OAuthError `invalid_client` (401) or `invalid_request`.
 */
export async function authenticateClient(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  form: Form,
  { documents = false }: { readonly documents?: boolean } = {},
): Promise<StoredClient> {
  const authorization = request.headers.get('authorization')
  const used = presentedBy(authorization, form)
  const [first, second] = used
  if (first === undefined) refuse('The request does not say which client it comes from', 'client_missing')
  // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
  // A bare client_id is one method too, of a public client or of one whose certificate speaks: its registration says which.
  if (second !== undefined && used.some(({ credentials }) => !isBare(credentials))) {
    throw new OAuthError(
      'invalid_request',
      'More than one way of client authentication is used',
      'client_authentication_twice',
    )
  }
  const { clientId } = first.credentials
  const client = await (documents && isClientIdUrl(clientId)
    ? findDocumentClient(ctx, visit, clientId)
    : ctx.knownClient(clientId))
  if (client === undefined) throw unknownClient(ctx, clientId, challengeFor(authorization))
  if (client.blockedAt !== undefined) refuse('This client is blocked by the operator', 'client_blocked')
  if (client.assurance === 'domain') renewDocument(ctx, visit, client)
  if (client.goneAt !== undefined) refuse('The metadata document of this client is gone', 'document_gone')
  const rule = deniedBy(await policyNow(ctx), client)
  if (rule !== undefined) refuse('The operator of this server does not admit this client', 'policy_refused', { rule })
  const registered = client.metadata.token_endpoint_auth_method
  const presented = used.find(({ way }) => way.method === registered)
  if (presented === undefined) {
    refuse(
      `This client is registered for ${String(registered)}, not for ${first.way.method}`,
      'client_authentication_method',
    )
  }
  const { way, credentials } = presented
  const methods = authenticationMethods(ctx)
  if (!methods.includes(way.method)) {
    refuse(`Clients of this server authenticate by ${methods.join(', ')}`, 'policy_client_authentication')
  }
  if (credentials.secret !== undefined) {
    const verdict = judgeClientSecret(ctx.keys.clientSecret, credentials.secret, client, ctx.now())
    if (verdict !== 'good') refuse(`The client secret is ${verdict}`, `client_secret_${verdict}`)
  }
  if (credentials.assertion !== undefined) {
    const verdict = await judgeAssertion(ctx, visit, client, credentials.assertion)
    if (verdict !== 'good') refuse(`The client assertion is ${verdict.replaceAll('_', ' ')}`, `assertion_${verdict}`)
  }
  if (way.judgeCertificate !== undefined) {
    const verdict = await way.judgeCertificate(ctx, visit, client, ctx.certificateOf(request))
    if (verdict !== 'good') refuse(CERTIFICATE_WORDS[verdict], `certificate_${verdict}`)
  }
  return client

  function refuse(description: string, reason: Reason, detail: Readonly<Record<string, string>> = {}): never {
    throw new OAuthError('invalid_client', description, reason, {
      detail: { ...detail, ...challengeFor(authorization) },
    })
  }
}

/** RFC 6749 §5.2: a client that tried the `Authorization` header and is refused with 401 is told the scheme. */
export function challengeFor(authorization: string | null): Readonly<Record<string, string>> {
  return authorization === null ? {} : { challenge: 'Basic realm="doorward"' }
}

/** The client that a request says it comes from, before anything of it is believed: for the event of its refusal. */
export function claimedClient(request: Request, form: Form): string | undefined {
  const authorization = request.headers.get('authorization')
  for (const { read } of CLIENT_AUTHENTICATIONS) {
    const presented = read(authorization, form)
    if (presented !== undefined) return presented.clientId
  }
  return undefined
}

interface Presented {
  readonly way: ClientAuthentication
  readonly credentials: PresentedCredentials
}

function presentedBy(authorization: string | null, form: Form): Presented[] {
  const presented: Presented[] = []
  for (const way of CLIENT_AUTHENTICATIONS) {
    const credentials = way.read(authorization, form)
    if (credentials !== undefined) presented.push({ way, credentials })
  }
  return presented
}

function isBare({ secret, assertion }: PresentedCredentials): boolean {
  return secret === undefined && assertion === undefined
}

/** In the words that mcp-remote and others look for before they register again (quirk Q09). */
export function unknownClient(
  ctx: AuthorityContext,
  clientId: string,
  challenge: Readonly<Record<string, string>> = {},
): OAuthError {
  return new OAuthError(
    'invalid_client',
    `Client ID ${quoted(clientId)} is not registered at this server; register again`,
    'client_unknown',
    { detail: { registration_endpoint: `${ctx.issuer}/register`, ...challenge } },
  )
}
