import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { signInOf } from './sign-in.ts'
import { type ProviderConfig, SignInSchema } from './sign-in-schema.ts'

const PROVIDER = { id: 'company', issuer: 'https://login.corp.example', clientId: 'x', clientSecretVariable: 'SECRET' }
const DOMAINS = { domains: ['corp.example'] }

for (const [what, given, newPeople] of [
  ['nothing', {}, 'nobody'],
  ['domains', DOMAINS, 'of_its_domains'],
  ['domains, and that nobody may', { ...DOMAINS, allowNewPeople: false }, 'nobody'],
  ['that everybody may', { allowNewPeople: true }, 'everybody'],
] satisfies readonly [string, Partial<ProviderConfig>, string][]) {
  test(`a provider of which the config says ${what} brings in ${newPeople} [doorward-provider-newcomers]`, () => {
    assert.equal(
      signInOf({ providers: [{ ...PROVIDER, ...given }] }, { SECRET: 'a secret' }).providers[0]?.newPeople,
      newPeople,
    )
  })
}

for (const [given, path] of [
  [undefined, undefined],
  ['groups', ['groups']],
  ['https://acme.example/groups', ['https://acme.example/groups']],
  [
    ['realm_access', 'roles'],
    ['realm_access', 'roles'],
  ],
] as const) {
  test(`groupsClaim ${JSON.stringify(given)} leads to ${JSON.stringify(path)} [doorward-provider-groups]`, () => {
    const read = v.parse(SignInSchema, { providers: [{ ...PROVIDER, groupsClaim: given }] })
    assert.deepEqual(signInOf(read, { SECRET: 'a secret' }).providers[0]?.groupsClaim, path)
  })
}

for (const groupsClaim of ['', [], [''], ['a', 7], Array.from({ length: 9 }, () => 'a')]) {
  test(`groupsClaim ${JSON.stringify(groupsClaim)} does not start [doorward-provider-groups]`, () => {
    assert.equal(v.safeParse(SignInSchema, { providers: [{ ...PROVIDER, groupsClaim }] }).success, false)
  })
}

for (const issuer of [
  'https://login.microsoftonline.com/common/v2.0',
  'https://login.microsoftonline.com/organizations',
  'https://LOGIN.microsoftonline.us/common/v2.0/',
  'https://login.partner.microsoftonline.cn/organizations/v2.0',
]) {
  test(`a provider of all tenants at once, ${issuer}, does not start [doorward-provider-newcomers]`, () => {
    assert.throws(
      () => signInOf(v.parse(SignInSchema, { providers: [{ ...PROVIDER, issuer }] }), { SECRET: 'a secret' }),
      {
        message: `In the config, signIn.providers.0 has the issuer ${issuer}, which is of all tenants; put the id of your own in its place.`,
      },
    )
  })
}

test('a provider of one tenant starts [doorward-provider-newcomers]', () => {
  const issuer = 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0'
  const read = v.parse(SignInSchema, { providers: [{ ...PROVIDER, issuer }] })
  assert.equal(signInOf(read, { SECRET: 'a secret' }).providers[0]?.issuer, issuer)
})
