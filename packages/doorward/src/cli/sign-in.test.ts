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
