import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'

/** Whether the policy wants a key: for everybody, for clients that are known in this way, or for this resource. */
export function isConstrained(
  { policy, resources }: AuthorityContext,
  { assurance }: StoredClient,
  resource: string,
): boolean {
  return (
    policy.senderConstraint === 'required' ||
    policy.senderConstraintFor.includes(assurance) ||
    resources.some(({ uri, senderConstraint }) => uri === resource && senderConstraint !== undefined)
  )
}

/** Whether a resource takes tokens that are bound to a certificate, and no others. */
export function wantsCertificate({ resources }: AuthorityContext, uri: string): boolean {
  return resources.some((resource) => resource.uri === uri && resource.senderConstraint === 'certificate')
}
