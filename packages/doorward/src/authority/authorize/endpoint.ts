import { whenNeeded } from '@doorward/core/kernel/when-needed'
import { OAuthError } from '@doorward/core/oauth/error'
import { type Form, readForm } from '@doorward/core/oauth/form'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Problem, Visit } from '../context.ts'
import { BROWSER, readCookie, writeCookie } from '../cookies.ts'
import { asRefusal, type Endpoint, errorMembers, json, readFormBody } from '../http.ts'
import { timeOrderedId } from '../ids.ts'
import { refused } from '../refused.ts'
import { decide, notAdmitted } from '../registration/decide.ts'
import { findClient } from '../registration/find-client.ts'
import { policyNow } from '../registration/policy-now.ts'
import { unknownClient } from '../token/authenticate-client.ts'
import type { Agreed } from './checks/check.ts'
import { runChecks } from './checks/index.ts'
import { type Destination, isTrusted, REDIRECTED, redirectTo, verifyDestination } from './destination.ts'
import type { Interaction } from './interaction.ts'
import { interactionOf } from './open-interaction.ts'
import { type PendingRedirect, requireShort, requireShortOnce, sealToBrowser } from './pending.ts'
import { openPushed } from './pushed.ts'
import { openRequestObject } from './request-object.ts'

/**
 * `GET|POST /authorize` (RFC 6749 §4.1.1). Part one trusts a destination; an error there is shown to the person.
 * Part two checks the rest; an error there goes to the destination. Part three asks the person, whom it tells what is wrong. Nothing of the
 * request is written.
 */
export const authorizeEndpoint: Endpoint = async (ctx, request, visit) => {
  let claimed: string | undefined
  let client: StoredClient | undefined
  let destination: Destination | undefined
  let waiting: Waiting
  try {
    const asked = request.method === 'POST' ? await readFormBody(request) : readForm(new URL(request.url).searchParams)
    const pushed = openPushed(ctx, asked)
    claimed = (pushed?.form ?? asked).get('client_id')
    client = await knownClient(ctx, visit, pushed?.form ?? asked)
    const form = pushed?.form ?? (await openRequestObject(ctx, visit, client, asked))
    const verified = verifyDestination(form, client, ctx.redirectSchemes)
    // A client that is not admitted is told to the person alone: it gets no answer, not even that.
    const decision = decide(await policyNow(ctx), client, verified.uri)
    if (decision.verdict === 'refuse') throw notAdmitted(decision.rule)
    destination = verified
    if (pushed === undefined) refuseWherePushed(ctx, client)
    const agreed = runChecks({ form, client, resources: ctx.resources, admin: ctx.admin, policy: ctx.policy })
    ctx.audit({
      type: 'authorization.requested',
      outcome: 'allowed',
      reason: 'checks_passed',
      ...visit,
      client: client.id,
      resource: agreed.resource,
    })
    // A choice is made by asking again with a resource, which would count for nothing beside a signed request.
    if (agreed.resource === undefined && form !== asked) throw resourceMissing()
    if (request.method === 'POST' && readCookie(ctx, request, BROWSER) === undefined) return asGet(ctx, asked)
    if (agreed.resource === undefined) return toChoice(ctx, request)
    const pending = pendingOf(ctx, visit, client, destination, {
      ...agreed,
      resource: agreed.resource,
      grantId: pushed?.grantId,
    })
    const interaction = interactionOf(ctx, { pending, destination }, client, decision)
    waiting = handOver(ctx, request, interaction, form === asked)
  } catch (thrown) {
    const error = asRefusal(ctx, thrown, visit)
    ctx.audit({ ...refused('authorization.refused', error), ...visit, client: client?.id ?? claimed })
    if (client === undefined || destination === undefined) {
      const again = { href: request.url }
      return tellPerson(
        ctx,
        request,
        visit,
        error,
        error.status === 503 && request.method === 'GET' ? again : undefined,
      )
    }
    const back = redirectTo(destination, ctx.issuer, errorMembers(ctx, error, visit))
    if (isTrusted(destination, client)) return back
    return tellPerson(ctx, request, visit, error, {
      href: back.headers.get('location') as string,
      place: destination.shown,
    })
  }
  return waiting instanceof Response ? waiting : ctx.consentPage(request, visit, waiting)
}

/** What the person is asked now, or the way to where they are. */
type Waiting = Response | Interaction

/**
 * A form that another site posts comes without our cookies, and a new one would take the place of the one that other open
 * pages are sealed to. Asked again by GET, the browser sends what it has.
 */
function asGet(ctx: AuthorityContext, form: Form): Response {
  const location = `${ctx.issuer}/authorize?${new URLSearchParams(form.entries)}`
  return new Response(null, { status: 303, headers: { location, ...REDIRECTED } })
}

/** RFC 9126 §5, §6: where requests have to be pushed, one that comes through the browser alone is refused. */
function refuseWherePushed(ctx: AuthorityContext, client: StoredClient): void {
  if (ctx.policy.pushedRequests !== 'required' && client.metadata.require_pushed_authorization_requests !== true) return
  throw new OAuthError('invalid_request', 'This request has to be pushed first (RFC 9126)', 'pushed_request_missing')
}

async function knownClient(ctx: AuthorityContext, visit: Visit, form: Form): Promise<StoredClient> {
  const id = form.require('client_id')
  const client = await findClient(ctx, visit, id)
  if (client === undefined) throw unknownClient(ctx, id)
  if (client.blockedAt !== undefined) {
    throw new OAuthError('unauthorized_client', 'This application is blocked by the operator', 'client_blocked', {
      status: 403,
    })
  }
  return client
}

/** Where none was named, the person says which MCP server. */
function toChoice(ctx: AuthorityContext, request: Request): Response {
  const query = request.method === 'POST' ? '' : new URL(request.url).search.slice(1)
  if (query === '') throw resourceMissing()
  return new Response(null, { status: 303, headers: { location: `${ctx.issuer}/choose?${query}`, ...REDIRECTED } })
}

function pendingOf(
  ctx: AuthorityContext,
  visit: Visit,
  client: StoredClient,
  destination: Destination,
  agreed: Agreed & { readonly resource: string; readonly grantId: string | undefined },
): PendingRedirect {
  const now = ctx.now()
  return {
    clientId: client.id,
    redirectUri: destination.uri,
    state: destination.state,
    challenge: agreed.challenge,
    senderKey: agreed.senderKey,
    resource: agreed.resource,
    scope: agreed.scope,
    authorizationDetails: agreed.authorizationDetails,
    grantId: agreed.grantId ?? timeOrderedId(now * 1000, ctx.random),
    issuer: ctx.issuer,
    correlation: visit.correlation,
    startedAt: now,
    until: now + ctx.lifetimes.pending,
    freshSignIn: agreed.freshSignIn,
    ...(agreed.selectAccount ? { selectAccount: true } : {}),
    maxAge: agreed.maxAge,
    acr: agreed.acr,
  }
}

/**
 * The flow goes on in the console. Who was here before gets the page at once, where the address can be loaded again: what was pushed or signed
 * is good for a short while, and its page stays for ten minutes at an address of its own. Its buttons lead to the issuer, so that whoever came by
 * another name of this server is led there first.
 */
function handOver(ctx: AuthorityContext, request: Request, asked: Interaction, isPlain: boolean): Waiting {
  const { pending } = asked
  const known = readCookie(ctx, request, BROWSER)
  if (known !== undefined && isPlain && request.method === 'GET' && hostOf(request.url) === hostOf(ctx.issuer)) {
    requireShortOnce(pending)
    return asked
  }
  const browser = known ?? Buffer.from(ctx.random(24)).toString('base64url')
  const sealed = requireShort(sealToBrowser(ctx.keys.pending, browser, pending.until, pending, ctx.random(12)))
  const headers = { location: `${ctx.issuer}/consent?request=${sealed}`, ...REDIRECTED }
  const named = known === undefined && { 'set-cookie': writeCookie(ctx, BROWSER, browser, ctx.lifetimes.session) }
  return new Response(null, { status: 303, headers: { ...headers, ...named } })
}

/** With its port. Both are addresses that were read before. */
const hostOf = (url: string): string | undefined => url.split('/', 3)[2]

function resourceMissing(): OAuthError {
  return new OAuthError('invalid_target', 'Several resources are served here; name one', 'resource_missing')
}

// The words for every refusal are read when the first person needs them, and not at the start.
const readProblems = whenNeeded(() => import('../problem.ts'))

/** A page for a person; JSON for a program that asks for it, as mcp-remote does before it opens a browser (quirk Q09). */
async function tellPerson(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  error: OAuthError,
  next?: Problem['next'],
): Promise<Response> {
  const accept = request.headers.get('accept') ?? ''
  const { problemOf } = await readProblems()
  const problem = problemOf(ctx, error, visit, 'connection')
  if (accept.includes('application/json') && !accept.includes('text/html')) {
    const { registration_endpoint } = error.detail ?? {}
    const body = { ...errorMembers(ctx, error, visit), ...(registration_endpoint && { registration_endpoint }) }
    return json(problem.status, body)
  }
  return ctx.problemPage({ ...problem, next }, request)
}
