import { X509Certificate } from 'node:crypto'
import { sha256 } from '../kernel/digest.ts'
import { BIT_STRING, BOOLEAN, type Der, expected, OCTET_STRING, readDer, readOid, readOne, SEQUENCE } from './der.ts'
import { type DistinguishedName, readDerName } from './distinguished-name.ts'

/** What counts of an X.509 certificate (RFC 5280), read from the bytes that its issuer signed. */
export interface Certificate {
  readonly der: Uint8Array
  /** The `x5t#S256` of RFC 8705 §3.1: SHA-256 of the DER, base64url without padding. */
  readonly thumbprint: string
  readonly subject: DistinguishedName
  readonly alternativeNames: AlternativeNames
  /** OIDs of extensions that must not be passed over. */
  readonly critical: readonly string[]
  /** First byte of the key usage (RFC 5280 §4.2.1.3), where it is limited. */
  readonly keyUsage: number | undefined
  readonly signatureAlgorithm: string
  readonly x509: X509Certificate
}

/** Entries of the subject alternative name (RFC 5280 §4.2.1.6), each as it was signed. */
export interface AlternativeNames {
  readonly dns: readonly string[]
  readonly uri: readonly string[]
  readonly email: readonly string[]
  /** Four bytes or sixteen. */
  readonly ip: readonly Uint8Array[]
}

const KEY_USAGE = '2.5.29.15'
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17'
/** RFC 5280 §4.2.1.10: "Conforming CAs MUST mark this extension as critical"; those that do not mean the limit as well. */
const NAME_CONSTRAINTS = '2.5.29.30'
/** Context tags of GeneralName. */
const [EMAIL, DNS, URI, IP] = [0x81, 0x82, 0x86, 0x87]
const VERSION = 0xa0
const EXTENSIONS = 0xa3
const LONGEST_DER = 16_384

/** The `x5t#S256` of a certificate in DER (RFC 8705 §3.1). */
export function certificateThumbprint(der: Uint8Array): string {
  return sha256(der)
}

/** Reads a certificate in DER; undefined where it is none. */
export function readCertificate(der: Uint8Array): Certificate | undefined {
  if (der.length > LONGEST_DER) return undefined
  try {
    const x509 = readX509(der)
    const [body, algorithm] = readDer(readOne(der, SEQUENCE).content)
    const fields = readDer(expected(body, SEQUENCE).content)
    if (fields[0]?.tag === VERSION) fields.shift()
    const subject = readDerName(expected(fields[4], SEQUENCE))
    const extensions = readExtensions(fields.find(({ tag }) => tag === EXTENSIONS))
    return {
      der,
      thumbprint: certificateThumbprint(der),
      subject,
      alternativeNames: readAlternativeNames(extensionOf(extensions, SUBJECT_ALTERNATIVE_NAME)),
      critical: extensions.filter(({ critical, id }) => critical || id === NAME_CONSTRAINTS).map(({ id }) => id),
      keyUsage: readKeyUsage(extensionOf(extensions, KEY_USAGE)),
      signatureAlgorithm: readOid(readDer(expected(algorithm, SEQUENCE).content)[0]),
      x509,
    }
  } catch {
    return undefined
  }
}

/**
 * A certificate as OpenSSL reads it. Node looks for PEM in the bytes first, wherever a line of them begins with it, and OpenSSL
 * passes over what follows: a certificate that carries another's as text in an extension of its own would be taken for it.
 * @throws Error where the bytes are anything but one certificate in DER.
 */
export function readX509(der: Uint8Array): X509Certificate {
  const x509 = new X509Certificate(der)
  if (Buffer.compare(x509.raw, der) !== 0) throw new TypeError('another certificate than these bytes')
  return x509
}

interface Extension {
  readonly id: string
  readonly critical: boolean
  readonly value: Uint8Array
}

function readExtensions(field: Der | undefined): Extension[] {
  if (field === undefined) return []
  const extensions = readDer(readOne(field.content, SEQUENCE).content).map((extension) => {
    const [id, second, third] = readDer(expected(extension, SEQUENCE).content)
    const isMarked = second?.tag === BOOLEAN
    return {
      id: readOid(id),
      critical: isMarked && second.content[0] !== 0,
      value: expected(isMarked ? third : second, OCTET_STRING).content,
    }
  })
  // RFC 5280 §4.2: "A certificate MUST NOT include more than one instance of a particular extension."
  if (new Set(extensions.map(({ id }) => id)).size !== extensions.length) throw new TypeError('an extension came twice')
  return extensions
}

function extensionOf(extensions: readonly Extension[], id: string): Uint8Array | undefined {
  return extensions.find((extension) => extension.id === id)?.value
}

function readAlternativeNames(value: Uint8Array | undefined): AlternativeNames {
  const entries = value === undefined ? [] : readDer(readOne(value, SEQUENCE).content)
  const texts = (wanted: number | undefined) =>
    entries.filter(({ tag, content }) => tag === wanted && isAscii(content)).map(({ content }) => ascii(content))
  return {
    dns: texts(DNS),
    uri: texts(URI),
    email: texts(EMAIL),
    ip: entries.filter(({ tag }) => tag === IP).map(({ content }) => content),
  }
}

function readKeyUsage(value: Uint8Array | undefined): number | undefined {
  if (value === undefined) return undefined
  return readOne(value, BIT_STRING).content[1] ?? 0
}

/** IA5String: seven bits, none of them for a terminal. An entry that is otherwise matches nothing. */
function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte > 0x20 && byte < 0x7f)
}

function ascii(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
