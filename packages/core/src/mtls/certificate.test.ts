import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { carrying, certificateMaker, type Pair } from '../testing/certificates.ts'
import { type Certificate, certificateThumbprint, readCertificate } from './certificate.ts'
import { readDistinguishedName } from './distinguished-name.ts'
import { SUBJECTS, type SubjectField } from './subject.ts'

const maker = certificateMaker()
after(() => maker.remove())

const read = ({ der }: Pick<Pair, 'der'>): Certificate => readCertificate(der) ?? assert.fail('no certificate')
const matches = (field: SubjectField, value: string, certificate: Certificate) =>
  SUBJECTS[field].isValid(value) && SUBJECTS[field].isOf(value, certificate)

const bank = read(
  maker.make({
    subject: '/C=DE/O=Acme, "Inc"\\/Ünïon/OU=  two   spaces/CN=app 1+UID=x\\+y=z',
    extensions: [
      'subjectAltName=@names',
      '[names]',
      'DNS.1=Api.Example.com',
      'URI.1=https://bank.example/Client',
      'IP.1=192.0.2.7',
      'IP.2=2001:db8::7',
      'email.1=Ops@Bank.example',
    ].join('\n'),
  }),
)
const DN = 'CN=app 1+UID=x\\+y\\=z,OU=two spaces,O=Acme\\, \\"Inc\\"/Ünïon,C=DE'

test('the thumbprint is the SHA-256 of the certificate, in base64url without padding [rfc8705-3.1]', () => {
  const pair = maker.make({ subject: '/CN=a' })
  const wanted = createHash('sha256').update(pair.der).digest('base64url')
  assert.equal(certificateThumbprint(pair.der), wanted)
  assert.equal(read(pair).thumbprint, wanted)
  assert.match(wanted, /^[\w-]{43}$/)
})

const SAME: readonly (readonly [string, SubjectField, string])[] = [
  ['its name as it is', 'tls_client_auth_subject_dn', DN],
  [
    'the attributes of one relative name in another order',
    'tls_client_auth_subject_dn',
    DN.replace(/^([^+]+)\+(x|UID=[^,]+)/, '$2+$1'),
  ],
  ['letters in another case', 'tls_client_auth_subject_dn', DN.replace('app', 'APP').replace('CN=', 'cn=')],
  ['types as numbers', 'tls_client_auth_subject_dn', DN.replace('C=DE', '2.5.4.6=DE')],
  ['hexadecimal escapes', 'tls_client_auth_subject_dn', DN.replace('Ü', '\\C3\\9C').replace('\\+', '\\2B')],
  ['a value as the DER that it is', 'tls_client_auth_subject_dn', DN.replace('C=DE', 'C=#13024445')],
  ['spaces after commas', 'tls_client_auth_subject_dn', DN.replaceAll(/(?<!\\),/g, ', ')],
  ['a DNS name in another case', 'tls_client_auth_san_dns', 'api.example.COM'],
  ['a URI', 'tls_client_auth_san_uri', 'https://bank.example/Client'],
  ['an IPv4 address', 'tls_client_auth_san_ip', '192.0.2.7'],
  ['an IPv6 address in a long spelling', 'tls_client_auth_san_ip', '2001:0DB8:0:0:0:0:0:7'],
  ['an email address with its host in another case', 'tls_client_auth_san_email', 'Ops@BANK.example'],
]
for (const [title, field, value] of SAME) {
  test(`a certificate is known by ${title} [rfc8705-2.1.2]`, () => {
    assert.equal(SUBJECTS[field].isValid(value), true, value)
    assert.equal(SUBJECTS[field].isOf(value, bank), true, value)
  })
}

const OTHER: readonly (readonly [string, SubjectField, string])[] = [
  ['a part of its name', 'tls_client_auth_subject_dn', 'CN=app 1+UID=x\\+y\\=z'],
  ['one relative name less', 'tls_client_auth_subject_dn', DN.replace(',C=DE', '')],
  ['one relative name more', 'tls_client_auth_subject_dn', `${DN},DC=example`],
  ['the names above its own', 'tls_client_auth_subject_dn', DN.slice(DN.indexOf('OU='))],
  ['a name below its own', 'tls_client_auth_subject_dn', `CN=more,${DN}`],
  [
    'the relative names from the other end',
    'tls_client_auth_subject_dn',
    DN.split(/(?<!\\),/)
      .reverse()
      .join(','),
  ],
  ['one attribute of a relative name alone', 'tls_client_auth_subject_dn', DN.replace(/\+UID[^,]+/, '')],
  ['two relative names where it has one of two attributes', 'tls_client_auth_subject_dn', DN.replace('+UID', ',UID')],
  ['another value', 'tls_client_auth_subject_dn', DN.replace('app 1', 'app 2')],
  ['another attribute with the same value', 'tls_client_auth_subject_dn', DN.replace('OU=', 'L=')],
  ['another letter that looks alike', 'tls_client_auth_subject_dn', DN.replace('app', 'арр')],
  ['other DER of the same text', 'tls_client_auth_subject_dn', DN.replace('C=DE', 'C=#0c024445')],
  ['a DNS name above it', 'tls_client_auth_san_dns', 'example.com'],
  ['its common name as a DNS name', 'tls_client_auth_san_dns', 'app'],
  ['its URI in another case', 'tls_client_auth_san_uri', 'https://bank.example/client'],
  ['its URI with more', 'tls_client_auth_san_uri', 'https://bank.example/Client/2'],
  ['a DNS name as a URI', 'tls_client_auth_san_uri', 'dns:Api.Example.com'],
  ['another address', 'tls_client_auth_san_ip', '192.0.2.70'],
  ['the address mapped into IPv6', 'tls_client_auth_san_ip', '::ffff:192.0.2.7'],
  ['the local part of its email address in another case', 'tls_client_auth_san_email', 'ops@bank.example'],
]
for (const [title, field, value] of OTHER) {
  test(`a certificate is not known by ${title} [rfc8705-2.1.2]`, () => {
    assert.equal(SUBJECTS[field].isValid(value), true, value)
    assert.equal(SUBJECTS[field].isOf(value, bank), false, value)
  })
}

// CVE-2021-44531, CVE-2021-44532, CVE-2021-44533: what passes for two entries, or for another one, when it is written out as text.
const HOSTILE: readonly (readonly [string, Pair, readonly (readonly [SubjectField, string])[]])[] = [
  [
    'a URI that writes a second entry',
    maker.make({
      subject: '/CN=x',
      extensions: 'subjectAltName=@n\n[n]\nURI.1=https://evil.example/\\, DNS:bank.example',
    }),
    [['tls_client_auth_san_dns', 'bank.example']],
  ],
  [
    'a value that writes a second attribute',
    maker.make({ subject: '/O=Evil\nCN=bank' }),
    [
      ['tls_client_auth_subject_dn', 'CN=bank,O=Evil'],
      ['tls_client_auth_subject_dn', 'CN=bank'],
    ],
  ],
  [
    'one attribute in the words of two',
    maker.make({ subject: '/CN=bank,O=Acme' }),
    [['tls_client_auth_subject_dn', 'CN=bank,O=Acme']],
  ],
  [
    'one value in the words of a relative name of two',
    maker.make({ subject: '/CN=bank\\+UID=7' }),
    [['tls_client_auth_subject_dn', 'CN=bank+UID=7']],
  ],
  [
    'a common name in the words of an alternative name',
    maker.make({ subject: '/CN=bank.example' }),
    [['tls_client_auth_san_dns', 'bank.example']],
  ],
  [
    'a name of every host',
    maker.make({ subject: '/CN=x', extensions: 'subjectAltName=DNS:*.bank.example' }),
    [['tls_client_auth_san_dns', 'api.bank.example']],
  ],
  [
    'a zero byte after the name',
    (() => {
      const pair = maker.make({ subject: '/CN=x', extensions: 'subjectAltName=DNS:bank.example_evil.example' })
      const der = Buffer.from(pair.der)
      der[der.indexOf('_evil')] = 0
      return { ...pair, der }
    })(),
    [['tls_client_auth_san_dns', 'bank.example']],
  ],
  [
    'an older string type, whose characters depend on the reader',
    (() => {
      const pair = maker.make({ subject: '/CN=bank' })
      const der = Buffer.from(pair.der)
      // UTF8String becomes T61String, in subject and issuer alike.
      for (let at = der.indexOf('bank'); at !== -1; at = der.indexOf('bank', at + 1)) der[at - 2] = 0x14
      return { ...pair, der }
    })(),
    [['tls_client_auth_subject_dn', 'CN=bank']],
  ],
]
for (const [title, pair, values] of HOSTILE) {
  test(`a certificate with ${title} is not taken for another [rfc8705-2.1.2]`, () => {
    const certificate = read(pair)
    for (const [field, value] of values) assert.equal(matches(field, value, certificate), false, value)
  })
}

test('what looks like two attributes is known by its escaped form only', () => {
  const certificate = read(maker.make({ subject: '/CN=bank,O=Acme' }))
  assert.equal(matches('tls_client_auth_subject_dn', 'CN=bank\\,O\\=Acme', certificate), true)
})

const MALFORMED: readonly (readonly [SubjectField, readonly string[]])[] = [
  [
    'tls_client_auth_subject_dn',
    [
      ...[
        '',
        'x',
        'CN',
        '=x',
        'CN=a,',
        ',CN=a',
        'CN=a,,O=b',
        'CN=a+',
        'CN=a;O=b',
        'CN="a"',
        'CN=a ',
        'CN=#xy',
        'CN=#1',
      ],
      ...[
        'CN= a',
        'CN=\\',
        'CN=\\zz',
        'CN=\\ff',
        'CN=a+CN=b',
        'NOSUCH=a',
        '2.5.04.3=a',
        '3.1=a',
        'CN=<a>',
        'CN=a\0',
        '/CN=a',
      ],
      `CN=${'a'.repeat(2000)}`,
    ],
  ],
  [
    'tls_client_auth_san_dns',
    ['', '*.example.com', 'a..b', 'a b', '-a', 'a.', 'é.example', `${'a'.repeat(64)}.example`],
  ],
  ['tls_client_auth_san_uri', ['', 'no scheme', 'https://a b', 'https://']],
  [
    'tls_client_auth_san_ip',
    ['', '1.2.3', '01.2.3.4', '256.1.1.1', '1.2.3.4/8', '::g', 'fe80::1%eth0', '[::1]', ':::'],
  ],
  ['tls_client_auth_san_email', ['', 'a', '@b', 'a@', 'a@b@c', 'a b@c']],
]
for (const [field, values] of MALFORMED) {
  for (const value of values) {
    test(`${field} cannot be '${value.slice(0, 40).replace('\0', '\\0')}' [rfc8705-2.1.2]`, () => {
      assert.equal(SUBJECTS[field].isValid(value), false)
      assert.equal(SUBJECTS[field].isOf(value, bank), false)
    })
  }
}

test('every byte of a certificate may be another, and nothing but a reading or a refusal comes of it', () => {
  fc.assert(
    fc.property(fc.nat(bank.der.length - 1), fc.nat(255), fc.nat(bank.der.length), (at, byte, end) => {
      const der = Buffer.from(bank.der)
      der[at] = byte
      readCertificate(der)
      if (end < der.length) assert.equal(readCertificate(bank.der.subarray(0, end)), undefined)
    }),
    { numRuns: 2000 },
  )
})

test('a certificate that carries another as text is itself, or none, and never the other [rfc8705-2.1.2]', () => {
  const victim = maker.make({ subject: '/CN=bank' })
  const carrier = maker.make({ subject: '/CN=bank', extensions: carrying(victim) })
  assert.equal(carrier.der.includes('\n-----BEGIN CERTIFICATE-----\n'), true)
  assert.equal(readCertificate(carrier.der), undefined)
  assert.equal(readCertificate(Buffer.from(victim.cert)), undefined)
})

test('what follows a certificate makes it none', () => {
  assert.equal(readCertificate(Buffer.concat([bank.der, Buffer.from([0])])), undefined)
  assert.equal(readCertificate(Buffer.alloc(20_000)), undefined)
})

test('any text is read as a name or refused, at once', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('C', 'N', '=', ',', '+', '\\', '#', ' ', '4', '.', '"'), maxLength: 300 }),
      (text) => {
        readDistinguishedName(text)
      },
    ),
    { numRuns: 2000 },
  )
})
