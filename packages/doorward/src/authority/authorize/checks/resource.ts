import { OAuthError, quoted } from '@doorward/core/oauth/error'
import { sameResource } from '@doorward/core/oauth/resource-uri'
import type { Check } from './check.ts'

/** RFC 8707 §2: the resource decides the audience. One that is missing is filled in only where there is no choice. */
export const resource: Check = ({ form, client, resources, admin }) => {
  const named = form.resources.map((uri) => {
    const known = [...resources, admin].find((candidate) => sameResource(candidate.uri, uri))
    // Nobody talks an operator into it: the administration is for clients that an operator registered.
    if (known?.uri === admin.uri && client.assurance !== 'operator') {
      throw new OAuthError(
        'invalid_target',
        'The administration is for clients that an operator registered',
        'admin_client_assurance',
      )
    }
    if (known !== undefined) return known.uri
    throw new OAuthError(
      'invalid_target',
      `resource ${quoted(uri)} is not known here; known: ${resources.map((candidate) => quoted(candidate.uri)).join(', ')}`,
      'resource_unknown',
    )
  })
  if (new Set(named).size > 1) {
    throw new OAuthError(
      'invalid_target',
      'A token is for one resource; ask for each with a request of its own',
      'resource_several',
    )
  }
  return { resource: named[0] ?? (resources.length === 1 ? resources[0]?.uri : undefined) }
}
