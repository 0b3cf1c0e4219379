import { seal, unseal } from '@doorward/core/kernel/seal'
import { OAuthError } from '@doorward/core/oauth/error'
import { type Form, readForm } from '@doorward/core/oauth/form'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { AuthorityContext } from '../context.ts'
import { type Endpoint, json, readFormBody } from '../http.ts'
import { timeOrderedId } from '../ids.ts'
import { refused } from '../refused.ts'
import { decide, notAdmitted } from '../registration/decide.ts'
import { policyNow } from '../registration/policy-now.ts'
import { authenticateClient, claimedClient } from '../token/authenticate-client.ts'
import { answerHeaders, dpop } from '../token/constraints/dpop.ts'
import { runChecks } from './checks/index.ts'
import { verifyDestination } from './destination.ts'
import { requireShort } from './pending.ts'
import { openRequestObject } from './request-object.ts'

/** What a client pushed, once opened. */
export interface Pushed {
  readonly form: Form
  /** Chosen at the push, so that one pushed request opens one grant, however often the browser comes with it. */
  readonly grantId: string
}

const PREFIX = 'urn:ietf:params:oauth:request_uri:'
const LIFETIME_SECONDS = 90
/** They authenticate the client at the push and are nothing of the request. */
const CREDENTIALS = new Set(['client_secret', 'client_assertion', 'client_assertion_type'])

/**
 * `POST /par` (RFC 9126 §2). The whole request is checked while the client is there to hear what is wrong with it. Nothing is
 * stored: the `request_uri` is the request itself, sealed.
 */
export const pushedEndpoint: Endpoint = async (ctx, request, visit) => {
  let clientId: string | undefined
  try {
    const form = await readFormBody(request)
    // §2.1: "The client MUST NOT provide the request_uri authorization request parameter in this case."
    if (form.get('request_uri') !== undefined)
      refuse('request_uri has no place in a pushed request', 'pushed_request_uri')
    clientId = claimedClient(request, form)
    const client = await authenticateClient(ctx, request, visit, form, { documents: true })
    clientId = client.id
    // RFC 9126 §3: a signed request is opened here and now; what comes back as request_uri is what it held.
    const asked = await openRequestObject(ctx, visit, client, form)
    const entries = asked.entries.filter(([name]) => !CREDENTIALS.has(name) && name !== 'client_id')
    const bound = await boundEntries(ctx, request, asked, entries)
    const complete = readForm(new URLSearchParams([['client_id', client.id], ...bound]))
    // FAPI 2.0 §5.3.2.2: "shall require the redirect_uri parameter in pushed authorization requests".
    if (ctx.policy.pushedRequests === 'required') asked.require('redirect_uri')
    const destination = verifyDestination(complete, client, ctx.redirectSchemes)
    const decision = decide(await policyNow(ctx), client, destination.uri)
    if (decision.verdict === 'refuse') throw notAdmitted(decision.rule)
    const agreed = runChecks({ form: complete, client, resources: ctx.resources, admin: ctx.admin, policy: ctx.policy })
    if (agreed.resource === undefined) {
      throw new OAuthError('invalid_target', 'Several resources are served here; name one', 'resource_missing')
    }
    const now = ctx.now()
    const pushed = [client.id, now + LIFETIME_SECONDS, timeOrderedId(now * 1000, ctx.random), bound]
    const sealed = requireShort(seal(ctx.keys.pushed, Buffer.from(JSON.stringify(pushed)), ctx.random(12)))
    ctx.audit({
      type: 'authorization.pushed',
      outcome: 'allowed',
      reason: 'checks_passed',
      ...visit,
      client: client.id,
    })
    const answer = { request_uri: `${PREFIX}${sealed}`, expires_in: LIFETIME_SECONDS }
    return json(201, answer, answerHeaders(ctx, request))
  } catch (error) {
    if (error instanceof OAuthError)
      ctx.audit({ ...refused('authorization.refused', error), ...visit, client: clientId })
    throw error
  }
}

/**
 * RFC 9449 §10.1: a proof at the push binds the code like `dpop_jkt` would; where both come, they have to agree. Whoever sends
 * somebody else's proof again binds their own code to a key that they have not got: it need not be remembered.
 */
async function boundEntries(
  ctx: AuthorityContext,
  request: Request,
  form: Form,
  entries: [string, string][],
): Promise<[string, string][]> {
  if (!request.headers.has('dpop')) return entries
  const sender = await dpop.proveAt(ctx, request, '/par')
  const named = form.get('dpop_jkt')
  if (named !== undefined && named !== sender.key)
    refuse('dpop_jkt is not the key of the DPoP proof', 'pushed_dpop_jkt')
  return [...entries.filter(([name]) => name !== 'dpop_jkt'), ['dpop_jkt', sender.key]]
}

/**
 * The request behind a `request_uri` of ours, for the client that pushed it; undefined where the request names none.
 * @throws OAuthError to be shown to the person.
 */
export function openPushed(ctx: AuthorityContext, form: Form): Pushed | undefined {
  const uri = form.get('request_uri')
  if (uri === undefined || !uri.startsWith(PREFIX)) return undefined
  const plain = unseal(ctx.keys.pushed, uri.slice(PREFIX.length))
  if (plain === undefined) refuse('This request_uri was not made here', 'pushed_foreign')
  const [clientId, expiresAt, grantId, entries] = JSON.parse(plain.toString('utf8')) as [
    string,
    number,
    string,
    [string, string][],
  ]
  // §4: the client has to be the one that pushed it; every other parameter of this request counts for nothing.
  if (form.require('client_id') !== clientId) refuse('Another client pushed this request', 'pushed_by_another')
  if (expiresAt <= ctx.now())
    refuse('The pushed request has waited too long; connect again from your application', 'pushed_expired')
  return { grantId, form: readForm(new URLSearchParams([['client_id', clientId], ...entries])) }
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request', description, reason)
}
