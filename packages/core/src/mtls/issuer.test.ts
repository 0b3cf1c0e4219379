import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { certificateMaker, type Pair } from '../testing/certificates.ts'
import { readCertificate } from './certificate.ts'
import { type IssuerVerdict, judgeIssuer, problemOfAuthority } from './issuer.ts'

const maker = certificateMaker()
after(() => maker.remove())

const read = ({ der }: Pair) => readCertificate(der) ?? assert.fail('no certificate')
const trusted = maker.makeAuthority('Trusted')
const namesake = maker.makeAuthority('Trusted')
const below = maker.makeAuthority('Below', { by: trusted })
const authorities = [read(trusted)]
const DAY = 86_400
const now = Math.floor(Date.parse(read(trusted).x509.validFrom) / 1000) + 60

const make = (extensions: string, by = trusted, more = {}) =>
  maker.make({ subject: '/CN=app', extensions, by, ...more })

const GOOD: readonly (readonly [string, Pair])[] = [
  ['no purpose of its own', make('')],
  ['the purpose of clients', make('extendedKeyUsage=clientAuth\nkeyUsage=critical,digitalSignature')],
  ['several purposes', make('extendedKeyUsage=serverAuth,clientAuth')],
]
for (const [title, pair] of GOOD) {
  test(`a certificate of a trusted authority with ${title} is good [rfc8705-2.1-chain]`, () => {
    assert.equal(judgeIssuer(read(pair), authorities, now), 'good')
  })
}

const BAD: readonly (readonly [string, Pair, IssuerVerdict, number?])[] = [
  ['of nobody but itself', maker.make({ subject: '/CN=app' }), 'unknown_issuer'],
  ['of an authority with the name of a trusted one', make('', namesake), 'unknown_issuer'],
  ['of an authority that a trusted one signed and nobody named', make('', below), 'unknown_issuer'],
  ['of a certificate that is no authority', make('', make('')), 'unknown_issuer'],
  ['that is over', make(''), 'expired', now + 3 * DAY],
  ['that has not begun', make(''), 'not_yet_valid', now - DAY],
  ['for servers', make('extendedKeyUsage=serverAuth'), 'not_for_clients'],
  ['whose key is for encryption alone', make('keyUsage=keyEncipherment'), 'not_for_clients'],
  ['with a critical extension that nobody here knows', make('1.2.3.4=critical,DER:0500'), 'unknown_extension'],
  ['signed with SHA-1', make('', trusted, { digest: 'sha1' }), 'weak_signature'],
]
for (const [title, pair, verdict, at] of BAD) {
  test(`a certificate ${title} is refused [rfc8705-2.1-chain]`, () => {
    assert.equal(judgeIssuer(read(pair), authorities, at ?? now), verdict)
  })
}

test('an authority whose own time is over has issued nothing [rfc8705-2.1-chain]', () => {
  const der = Buffer.from(trusted.der)
  // The second UTCTime of a certificate is its end.
  const end = der.indexOf(Buffer.from([0x17, 0x0d]), der.indexOf(Buffer.from([0x17, 0x0d])) + 2) + 2
  der.write('200101000000Z', end, 'latin1')
  const ended = readCertificate(der) ?? assert.fail('no certificate')
  assert.equal(judgeIssuer(read(make('')), [ended], now), 'unknown_issuer')
  assert.equal(judgeIssuer(read(make('')), [ended, ...authorities], now), 'good')
})

test('an intermediate authority counts once an operator names it', () => {
  assert.equal(judgeIssuer(read(make('', below)), [read(below)], now), 'good')
})

const NO_AUTHORITY: readonly (readonly [string, Pair, RegExp])[] = [
  ['no authority', maker.make({ subject: '/CN=x' }), /CA:TRUE/],
  ['a short key', maker.makeAuthority('Short', { newKey: ['rsa:1024'] }), /2048/],
  [
    'limits that are not judged here',
    maker.makeAuthority('Limited', {
      extensions: 'basicConstraints=critical,CA:TRUE\nnameConstraints=critical,permitted;DNS:example.com',
    }),
    /2\.5\.29\.30/,
  ],
  [
    'the same limits, not marked as critical',
    maker.makeAuthority('Unmarked', {
      extensions: 'basicConstraints=critical,CA:TRUE\nnameConstraints=permitted;DNS:example.com',
    }),
    /2\.5\.29\.30/,
  ],
  [
    'another purpose than clients',
    maker.makeAuthority('Servers', { extensions: 'basicConstraints=critical,CA:TRUE\nextendedKeyUsage=serverAuth' }),
    /clientAuth/,
  ],
]
for (const [title, pair, problem] of NO_AUTHORITY) {
  test(`what is to issue certificates and has ${title} is told at the start`, () => {
    assert.match(problemOfAuthority(read(pair)) ?? '', problem)
    assert.equal(judgeIssuer(read(make('', pair)), [read(pair)], now), 'unknown_issuer')
  })
}
