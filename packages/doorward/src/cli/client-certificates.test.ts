import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readCertificate } from '@doorward/core/mtls/certificate'
import { OAuthError } from '@doorward/core/oauth/error'
import { carrying, certificateMaker } from '@doorward/core/testing/certificates'
import { type CertificateFormat, readCertificateHeader } from './certificate-header.ts'
import { clientCertificates, readAuthorities } from './client-certificates.ts'
import { readNetworks } from './network.ts'
import { UsageError } from './problem.ts'

const maker = certificateMaker()
after(() => maker.remove())
const pair = maker.make({ subject: '/CN=app' })
const other = maker.make({ subject: '/CN=other' })
const pem = (from = pair) => encodeURIComponent(from.cert)
const carrier = maker.make({ subject: '/CN=thief', extensions: carrying(pair) })
const base64 = (from = pair) => from.der.toString('base64')

const GOOD: readonly (readonly [string, CertificateFormat, string])[] = [
  ['nginx', 'url-encoded-pem', pem()],
  ['nginx, without the last line end', 'url-encoded-pem', pem().replace(/%0A$/, '')],
  ['RFC 9440', 'client-cert', `:${base64()}:`],
  ['Envoy', 'envoy', `By=spiffe://a;Hash=ab;Cert="${pem()}";Subject="CN=app,O=\\"A\\";x";URI=`],
  ['Envoy, the certificate alone', 'envoy', `Cert="${pem()}"`],
]
for (const [title, format, value] of GOOD) {
  test(`a certificate is read as ${title} writes it [doorward-mtls-header]`, () => {
    const read = readCertificateHeader(value, format)
    assert.ok(typeof read !== 'string' && Buffer.compare(read, pair.der) === 0)
  })
}

const BAD: readonly (readonly [string, CertificateFormat, string, 'twice' | 'malformed'])[] = [
  ['that came twice', 'url-encoded-pem', `${pem()}, ${pem(other)}`, 'twice'],
  ['that came twice', 'client-cert', `:${base64()}:, :${base64(other)}:`, 'twice'],
  ['that came twice', 'envoy', `Cert="${pem(other)}",Cert="${pem()}"`, 'twice'],
  ['with two certificates', 'url-encoded-pem', pem() + pem(other), 'malformed'],
  ['with two certificates', 'envoy', `Cert="${pem()}";Cert="${pem(other)}"`, 'malformed'],
  ['with a certificate in its subject', 'envoy', `Subject="Cert=\\"${pem()}\\""`, 'malformed'],
  ['with a quote that does not end', 'envoy', `Cert="${pem()}`, 'malformed'],
  ['with a key', 'url-encoded-pem', encodeURIComponent(pair.key), 'malformed'],
  ['with a key beside it', 'url-encoded-pem', encodeURIComponent(pair.cert + pair.key), 'malformed'],
  ['in another format', 'url-encoded-pem', `:${base64()}:`, 'malformed'],
  ['in another format', 'client-cert', base64(), 'malformed'],
  ['that is no certificate', 'client-cert', ':AAAA:', 'malformed'],
  ['with something after it', 'client-cert', `:${base64()}:;x=1`, 'malformed'],
  ['that carries another as text', 'url-encoded-pem', pem(carrier), 'malformed'],
  ['that carries another as text', 'client-cert', `:${base64(carrier)}:`, 'malformed'],
  ['that carries another as text', 'envoy', `Cert="${pem(carrier)}"`, 'malformed'],
  ['with half an escape', 'url-encoded-pem', '%E0%A4%A', 'malformed'],
  ['that says that there is none', 'url-encoded-pem', '(null)', 'malformed'],
]
for (const [title, format, value, problem] of BAD) {
  test(`a header (${format}) ${title} is no certificate [doorward-mtls-header]`, () => {
    assert.equal(readCertificateHeader(value, format), problem)
  })
}

const HEADER = { name: 'x-client-cert', format: 'url-encoded-pem' } as const
const proxies = readNetworks(['10.0.0.0/8'])
const request = (...values: string[]) => {
  const headers = new Headers()
  for (const value of values) headers.append(HEADER.name, value)
  return new Request('http://localhost/token', { headers })
}
function thumbprintFrom(asked: Request, remoteAddress: string | undefined, header: typeof HEADER | undefined = HEADER) {
  const certificates = clientCertificates(header, proxies)
  certificates.take(asked, { remoteAddress })
  return certificates.of(asked)?.thumbprint
}
const own = readCertificate(pair.der)?.thumbprint

test('a header counts from a trusted proxy, and from nobody else [rfc8705-6.5, doorward-mtls-header]', () => {
  assert.equal(thumbprintFrom(request(pem()), '10.1.2.3'), own)
  assert.equal(thumbprintFrom(request(pem()), '::ffff:10.1.2.3'), own)
  for (const address of ['127.0.0.1', '11.0.0.1', '::1', 'nonsense', undefined])
    assert.equal(thumbprintFrom(request(pem()), address), undefined, String(address))
  assert.equal(thumbprintFrom(request('nonsense'), '11.0.0.1'), undefined)
})

test('a header that nobody configured counts from nobody [doorward-mtls-header]', () => {
  const certificates = clientCertificates(undefined, proxies)
  const asked = request(pem())
  certificates.take(asked, { remoteAddress: '10.1.2.3' })
  assert.equal(certificates.of(asked), undefined)
})

test('where a header is configured, the connection of the proxy says nothing of its client [doorward-mtls-header]', () => {
  const certificates = clientCertificates(HEADER, proxies)
  const asked = request()
  certificates.take(asked, { remoteAddress: '10.1.2.3', certificate: () => other.der })
  assert.equal(certificates.of(asked), undefined)
})

test('a trusted proxy that sends the header twice, or nonsense, is refused; an empty one says that there is none [doorward-mtls-header]', () => {
  for (const [values, reason] of [
    [[pem(), pem(other)], 'certificate_header_twice'],
    [['', pem()], 'certificate_header_twice'],
    [['nonsense'], 'certificate_header_malformed'],
  ] as const) {
    assert.throws(
      () => thumbprintFrom(request(...values), '10.1.2.3'),
      (error) => error instanceof OAuthError && error.reason === reason && error.status === 400,
    )
  }
  assert.equal(thumbprintFrom(request(''), '10.1.2.3'), undefined)
})

test('authorities are read from a file, and what cannot be one is told by its place', () => {
  const [first, second] = [maker.makeAuthority('One'), maker.makeAuthority('Two')]
  const file = join(first.certFile, '..', 'both.pem')
  writeFileSync(file, `# ours\n${first.cert}\n${second.cert}`)
  assert.deepEqual(
    readAuthorities(file).map(({ der }) => Buffer.from(der).toString('base64')),
    [base64(first), base64(second)],
  )
  for (const [text, words] of [
    [`${first.cert}${pair.cert}`, /Certificate 2 .*CA:TRUE/],
    [pair.key, /holds no certificate/],
    [first.cert.replace(/\n.{10}/, '\nAAAAAAAAAA'), /Certificate 1 .*cannot be read/],
  ] as const) {
    writeFileSync(file, text)
    assert.throws(
      () => readAuthorities(file),
      (error) => error instanceof UsageError && words.test(error.message),
    )
  }
  assert.throws(() => readAuthorities(`${file}.missing`), UsageError)
})
