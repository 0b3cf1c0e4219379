import { readAuthorizationDetails } from '@doorward/core/oauth/authorization-details'
import type { Check } from './check.ts'

/** RFC 9396 §3: what is asked for in detail, of the types that the resource has. Before one is chosen nothing can be said of them. */
export const authorizationDetails: Check = ({ form, client, resources }, { resource }) => {
  const text = form.get('authorization_details')
  if (text === undefined || resource === undefined) return { authorizationDetails: undefined }
  const types = resources.find(({ uri }) => uri === resource)?.authorizationDetailsTypes ?? {}
  const registered = client.metadata.authorization_details_types as readonly string[] | undefined
  return { authorizationDetails: readAuthorizationDetails(text, types, registered) }
}
