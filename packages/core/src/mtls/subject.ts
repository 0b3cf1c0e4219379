import type { Certificate } from './certificate.ts'
import { isSameName, readDistinguishedName } from './distinguished-name.ts'

/** What a client may register to say which certificates are its own (RFC 8705 §2.1.2); exactly one of them. */
export const SUBJECT_FIELDS = [
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
] as const
export type SubjectField = (typeof SUBJECT_FIELDS)[number]

interface Subject {
  /** What a value has to be, in words. */
  readonly words: string
  readonly isValid: (value: string) => boolean
  readonly isOf: (value: string, certificate: Certificate) => boolean
}

const LABEL = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?'
const DNS_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`)
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
const PRINTABLE = /^[\x21-\x7e]+$/

/** How each is compared: a whole entry with a whole value, never a part, never a pattern. */
export const SUBJECTS: Readonly<Record<SubjectField, Subject>> = {
  tls_client_auth_subject_dn: {
    words: 'a distinguished name in the string form of RFC 4514',
    isValid: (value) => readDistinguishedName(value) !== undefined,
    isOf: (value, { subject }) => {
      const wanted = readDistinguishedName(value)
      return wanted !== undefined && isSameName(wanted, subject)
    },
  },
  tls_client_auth_san_dns: {
    words: 'a DNS name without wildcard',
    isValid: (value) => DNS_NAME.test(value),
    isOf: (value, { alternativeNames }) => alternativeNames.dns.some((name) => lower(name) === lower(value)),
  },
  tls_client_auth_san_uri: {
    words: 'an absolute URI',
    isValid: (value) => PRINTABLE.test(value) && URL.canParse(value),
    isOf: (value, { alternativeNames }) => alternativeNames.uri.includes(value),
  },
  tls_client_auth_san_ip: {
    words: 'an IPv4 or IPv6 address',
    isValid: (value) => addressOf(value) !== undefined,
    // RFC 8705 §2.1.2: the many spellings of one IPv6 address are that address.
    isOf: (value, { alternativeNames }) =>
      alternativeNames.ip.some((bytes) => bytesAsAddress(bytes) === (addressOf(value) ?? 'none')),
  },
  tls_client_auth_san_email: {
    words: 'an email address',
    isValid: (value) => PRINTABLE.test(value) && /^[^@]+@[^@]+$/.test(value),
    isOf: (value, { alternativeNames }) => alternativeNames.email.some((email) => mailbox(email) === mailbox(value)),
  },
}

/** An address in its one spelling. */
function addressOf(text: string): string | undefined {
  if (IPV4.test(text)) return text
  return /^[0-9A-Fa-f:.]+$/.test(text) ? URL.parse(`http://[${text}]`)?.hostname : undefined
}

function bytesAsAddress(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return undefined
  return addressOf((Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? []).join(':'))
}

/** RFC 5280 §7.5: the host in any case, what stands before it exactly. */
function mailbox(email: string): string {
  const at = email.lastIndexOf('@')
  return email.slice(0, at) + lower(email.slice(at))
}

function lower(text: string): string {
  return text.toLowerCase()
}
