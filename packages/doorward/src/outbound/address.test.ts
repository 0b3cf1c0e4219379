import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isLoopbackAddress, isPublicAddress } from './address.ts'

const SPECIAL: readonly (readonly [string, string])[] = [
  ['this host', '0.0.0.0'],
  ['private use, 10', '10.1.2.3'],
  ['shared address space', '100.64.0.1'],
  ['loopback', '127.0.0.1'],
  ['the other end of loopback', '127.255.255.254'],
  ['link local, where clouds keep their metadata', '169.254.169.254'],
  ['private use, 172.16', '172.31.255.255'],
  ['protocol assignments', '192.0.0.8'],
  ['documentation', '192.0.2.1'],
  ['6to4 relays', '192.88.99.1'],
  ['private use, 192.168', '192.168.1.1'],
  ['benchmarking', '198.18.0.1'],
  ['documentation, second', '198.51.100.7'],
  ['documentation, third', '203.0.113.9'],
  ['multicast', '224.0.0.1'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['unspecified', '::'],
  ['loopback, IPv6', '::1'],
  ['IPv4-mapped', '::ffff:93.184.216.34'],
  ['IPv4-mapped in hexadecimal', '::ffff:7f00:1'],
  ['IPv4-compatible', '::127.0.0.1'],
  ['IPv4-translated', '::ffff:0:127.0.0.1'],
  ['NAT64', '64:ff9b::7f00:1'],
  ['NAT64, local', '64:ff9b:1::1'],
  ['discard only', '100::1'],
  ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ['benchmarking, IPv6', '2001:2::1'],
  ['ORCHID', '2001:20::1'],
  ['documentation, IPv6', '2001:db8::1'],
  ['documentation, new', '3fff:1::1'],
  ['6to4 of loopback', '2002:7f00:1::1'],
  ['unique local', 'fd00::1'],
  ['link local, IPv6', 'fe80::1'],
  ['link local with a zone', 'fe80::1%lo'],
  ['site local', 'fec0::1'],
  ['multicast, IPv6', 'ff02::1'],
  ['not allocated', '4000::1'],
  ['segment routing', '5f00::1'],
  ['no address', 'example.com'],
  ['nothing', ''],
]
for (const [title, address] of SPECIAL) {
  test(`is not public: ${title} (${address}) [doorward-outbound-special-use, q17]`, () => {
    assert.equal(isPublicAddress(address), false)
  })
}

for (const address of ['1.1.1.1', '93.184.216.34', '160.79.104.10', '2606:4700:4700::1111', '2a00:1450:4001::1']) {
  test(`is public: ${address}`, () => assert.equal(isPublicAddress(address), true))
}

test('no address of a private network is public, however it is written into IPv6', () => {
  const octet = fc.integer({ min: 0, max: 255 })
  fc.assert(
    fc.property(fc.constantFrom(10, 127), octet, octet, octet, (a, b, c, d) => {
      const hex = [a * 256 + b, c * 256 + d].map((part) => part.toString(16)).join(':')
      const forms = [`${a}.${b}.${c}.${d}`, `::ffff:${hex}`, `::${hex}`, `64:ff9b::${hex}`, `2002:${hex}::1`]
      assert.deepEqual(
        forms.filter((form) => isPublicAddress(form)),
        [],
      )
    }),
  )
})

test('loopback is told apart from everything else', () => {
  assert.deepEqual(['127.0.0.1', '::1', '10.0.0.1', '::ffff:127.0.0.1', 'x'].map(isLoopbackAddress), [
    true,
    true,
    false,
    false,
    false,
  ])
})
