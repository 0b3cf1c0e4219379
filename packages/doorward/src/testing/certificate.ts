import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate for one name, signed by an authority of its own, made by OpenSSL. */
export async function makeCertificate(name: string) {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-tls-'))
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  run('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Doorward test')
  run(
    'req',
    ...key,
    '-keyout',
    'key.pem',
    '-out',
    'request.pem',
    '-subj',
    `/CN=${name}`,
    '-addext',
    `subjectAltName=DNS:${name}`,
  )
  run(
    'x509',
    '-req',
    '-in',
    'request.pem',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-out',
    'cert.pem',
    '-days',
    '2',
    '-copy_extensions',
    'copy',
  )
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  return {
    key: read('key.pem'),
    cert: read('cert.pem'),
    ca: read('ca.pem'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
