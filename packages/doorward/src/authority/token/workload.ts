import { OAuthError } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { deniedBy, notAdmitted } from '../registration/decide.ts'
import { policyNow } from '../registration/policy-now.ts'
import { type Assertion, issuerOf, JWT_BEARER_GRANT, verifyAssertion, type Workload } from './assertion-issuer.ts'

/** A program whose platform vouches for it: the assertion is both, its credentials and its grant. */
export interface ProvenWorkload {
  readonly client: StoredClient
  readonly workload: Workload
  readonly assertion: Assertion
}

/**
 * The program behind a request that names no client (workload identity federation); undefined where the request is none such.
 * @throws OAuthError `invalid_grant`
 */
export async function authenticateWorkload(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  form: Form,
): Promise<ProvenWorkload | undefined> {
  if (form.get('grant_type') !== JWT_BEARER_GRANT || request.headers.has('authorization')) return undefined
  if (form.get('client_id') !== undefined || form.get('client_assertion') !== undefined) return undefined
  const text = form.require('assertion')
  const issuer = issuerOf(ctx, text)
  const { workloads = [] } = issuer ?? {}
  if (issuer === undefined || workloads.length === 0) return undefined
  const audiences = [ctx.issuer, ...(issuer.audience === undefined ? [] : [issuer.audience])]
  const assertion = await verifyAssertion(ctx, visit, issuer, text, { audiences, mayRepeat: issuer.mayRepeat === true })
  const workload = workloads.find((candidate) => isMeant(candidate, assertion.claims))
  if (workload === undefined) {
    throw new OAuthError(
      'invalid_grant',
      'No workload of this server is described by the claims of the assertion',
      'workload_unknown',
    )
  }
  const client: StoredClient = {
    id: `workload:${workload.name}`,
    assurance: 'operator',
    metadata: { token_endpoint_auth_method: 'workload_assertion', scope: workload.scopes.join(' ') },
    createdAt: 0,
    secretsNotBefore: 0,
  }
  const rule = deniedBy(await policyNow(ctx), client)
  if (rule !== undefined) throw notAdmitted(rule)
  return { client, workload, assertion }
}

function isMeant({ claims: wanted }: Workload, claims: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(wanted).every(([name, pattern]) => {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined
    if (typeof value !== 'string') return false
    return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern
  })
}
