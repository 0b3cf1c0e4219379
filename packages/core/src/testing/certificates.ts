import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate and its key, as text and as files. */
export interface Pair {
  readonly cert: string
  readonly key: string
  readonly der: Buffer
  readonly certFile: string
  readonly keyFile: string
}

export interface Wanted {
  /** As OpenSSL takes it: `/C=DE/O=Acme/CN=app`; `+` joins attributes, a backslash takes their meaning from `+` and `/`. */
  readonly subject: string
  /** Who signs it; itself where left out. */
  readonly by?: Pair
  /** Lines of an OpenSSL extension section, and further sections below them. */
  readonly extensions?: string
  /** Algorithm, as `openssl req -newkey` takes it. */
  readonly newKey?: readonly string[]
  readonly digest?: string
  /** The key of that one, in a certificate of its own. */
  readonly keyOf?: Pair
}

export interface CertificateMaker {
  readonly make: (wanted: Wanted) => Pair
  /** An authority for others. */
  readonly makeAuthority: (name: string, more?: Partial<Wanted>) => Pair
  /** For a name or an address of a server. */
  readonly makeServer: (name: string, by: Pair) => Pair
  readonly remove: () => void
}

const P256 = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
const AUTHORITY = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign'

/** Lines of extensions: the certificate of somebody else, as text in an extension that nobody knows. */
export function carrying({ cert }: Pick<Pair, 'cert'>): string {
  const hex = Buffer.from(`\n${cert}`).toString('hex')
  return `1.2.3.4=DER:0482${(hex.length / 2).toString(16).padStart(4, '0')}${hex}`
}

/** Makes real certificates with OpenSSL, good for two days. */
export function certificateMaker(): CertificateMaker {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-tls-'))
  let serial = 0
  const make = ({ subject, by, extensions = '', newKey = P256, digest = 'sha256', keyOf }: Wanted): Pair => {
    const name = `c${++serial}`
    const file = (end: string) => join(folder, `${name}.${end}`)
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
    const key = keyOf === undefined ? ['-newkey', ...newKey, '-nodes', '-keyout', file('key')] : ['-key', keyOf.keyFile]
    openssl('req', '-new', ...key, '-utf8', '-subj', subject, '-out', file('csr'))
    const keyFile = keyOf?.keyFile ?? file('key')
    writeFileSync(file('ext'), `[e]\n${extensions}\n`)
    openssl(
      ...['x509', '-req', '-in', file('csr'), '-out', file('pem'), '-days', '2', `-${digest}`],
      ...['-set_serial', String(serial), '-extfile', file('ext'), '-extensions', 'e'],
      ...(by === undefined ? ['-signkey', keyFile] : ['-CA', by.certFile, '-CAkey', by.keyFile]),
    )
    const cert = readFileSync(file('pem'), 'utf8')
    const der = new X509Certificate(cert).raw
    return { cert, der, certFile: file('pem'), key: readFileSync(keyFile, 'utf8'), keyFile }
  }
  return {
    make,
    makeAuthority: (name, more) => make({ subject: `/CN=${name}`, extensions: AUTHORITY, ...more }),
    makeServer: (name, by) => make({ subject: `/CN=${name}`, by, extensions: `subjectAltName=DNS:${name}` }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
