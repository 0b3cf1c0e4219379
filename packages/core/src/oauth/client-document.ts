import {
  type AuthenticationMethod,
  type ClientMetadata,
  type MetadataRules,
  readClientMetadata,
} from './client-metadata.ts'
import { OAuthError, quoted } from './error.ts'
import type { Reason } from './reasons/index.ts'

const CERTIFICATE_METHODS: readonly AuthenticationMethod[] = ['tls_client_auth', 'self_signed_tls_client_auth']
/** Nobody else can know these, so whoever publishes them has nothing that proves who is asking. */
const SECRETS = ['client_secret', 'client_secret_expires_at']

/**
 * Reads a client ID metadata document that was fetched from `url` (draft-ietf-oauth-client-id-metadata-document, "Client
 * ID Metadata Document"; MCP requires a name and redirect URIs besides).
 * @throws OAuthError `invalid_client`, naming the field and, where two strings were compared, both.
 */
export function readClientDocument(url: string, document: unknown, rules: MetadataRules): ClientMetadata {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    refuse('The metadata document is not a JSON object', 'document_not_an_object')
  }
  const fields = document as Record<string, unknown>
  if (fields.client_id !== url) {
    refuse(
      `The metadata document names itself ${quoted(typeof fields.client_id === 'string' ? fields.client_id : '(nothing)')} and was fetched from ${quoted(url)}`,
      'document_client_id',
    )
  }
  const secret = SECRETS.find((name) => fields[name] !== undefined)
  if (secret !== undefined) refuse(`The metadata document publishes ${secret}`, 'document_secret')
  const method = bestMutualMethod(fields, rules)
  try {
    const metadata = readClientMetadata({ ...fields, token_endpoint_auth_method: method }, rules)
    if (metadata.client_name === undefined) refuse('The metadata document has no client_name', 'document_name_missing')
    return metadata
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    return refuse(`The metadata document is not valid: ${error.description}`, error.reason)
  }
}

/**
 * A client that can sign has to (quirk Q13): where it lists several methods, the strongest that we know counts, and the
 * others are not taken. What is shared cannot be published.
 */
function bestMutualMethod(fields: Record<string, unknown>, { authentication }: MetadataRules): string {
  const single = fields.token_endpoint_auth_method
  const several = fields.token_endpoint_auth_methods_supported
  const offered = [...(Array.isArray(several) ? several : []), ...(single === undefined ? [] : [single])]
  const hasKeys = fields.jwks !== undefined || fields.jwks_uri !== undefined
  if (offered.includes('private_key_jwt') && hasKeys) return 'private_key_jwt'
  const certificate = CERTIFICATE_METHODS.find((method) => offered.includes(method))
  if (certificate !== undefined && authentication?.includes(certificate)) return certificate
  if (offered.includes('none') || offered.length === 0) return 'none'
  if (offered.includes('private_key_jwt')) {
    return refuse('The metadata document asks for private_key_jwt and has no jwks or jwks_uri', 'document_keys_missing')
  }
  return refuse(
    `The metadata document asks for ${offered
      .slice(0, 3)
      .map((name) => quoted(String(name)))
      .join(', ')}; a document can only have none or private_key_jwt, or mutual TLS where it is offered here`,
    'document_auth_method',
  )
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_client', description, reason, { status: 400 })
}
