import { SUBJECT_FIELDS, SUBJECTS, type SubjectField } from '../mtls/subject.ts'
import { OAuthError } from './error.ts'
import type { Reason } from './reasons/index.ts'

/** What a client says of the certificates that it will come with (RFC 8705 §2.1.2, §3.4). */
export interface ClientCertificates extends Readonly<Partial<Record<SubjectField, string>>> {
  /** Every token request comes with a certificate, and the tokens are bound to it. */
  readonly tls_client_certificate_bound_access_tokens?: boolean
}

/**
 * Reads which certificates are the client's own: exactly one of five ways to name their subject where it authenticates by
 * `tls_client_auth`; for every other method those names mean nothing and are left out.
 * @throws OAuthError `invalid_client_metadata`, naming the field.
 */
export function readClientCertificates(fields: Readonly<Record<string, unknown>>, method: string): ClientCertificates {
  return { ...subject(fields, method), ...bound(fields) }
}

function subject(fields: Readonly<Record<string, unknown>>, method: string): ClientCertificates {
  if (method !== 'tls_client_auth') return {}
  const given = SUBJECT_FIELDS.filter((field) => isGiven(fields[field]))
  const [field] = given
  // §2.1.2: "A client using the "tls_client_auth" authentication method MUST use exactly one of the below metadata parameters".
  if (field === undefined || given.length > 1) {
    refuse(`tls_client_auth needs exactly one of ${SUBJECT_FIELDS.join(', ')}`, 'metadata_certificate_subject')
  }
  const value = fields[field]
  if (typeof value !== 'string' || value.length > LONGEST || !SUBJECTS[field].isValid(value)) {
    refuse(`${field} has to be ${SUBJECTS[field].words}`, `metadata_${field}`)
  }
  return { [field]: value }
}

const LONGEST = 1024

function bound(fields: Readonly<Record<string, unknown>>): ClientCertificates {
  const value = fields.tls_client_certificate_bound_access_tokens
  if (!isGiven(value)) return {}
  if (typeof value !== 'boolean') {
    refuse('tls_client_certificate_bound_access_tokens has to be true or false', 'metadata_certificate_bound')
  }
  // One token answers to one key here, so that what is asked for at a resource never depends on the reader.
  if (value && fields.dpop_bound_access_tokens === true) {
    refuse(
      'dpop_bound_access_tokens and tls_client_certificate_bound_access_tokens exclude each other',
      'metadata_two_constraints',
    )
  }
  return { tls_client_certificate_bound_access_tokens: value }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_client_metadata', description, reason)
}
