import type { KeyObject } from 'node:crypto'
import { domainToASCII } from 'node:url'

/** A service that says who somebody is. */
export interface Provider {
  /** Stands in addresses and before the names of its groups. */
  readonly id: string
  /** What people call it. */
  readonly name: string
  readonly kind: 'oidc' | 'github'
  readonly issuer: string
  readonly clientId: string
  /** A key object, because it does not print. */
  readonly clientSecret: KeyObject
  readonly authentication: 'client_secret_basic' | 'client_secret_post'
  readonly scopes: readonly string[]
  /** The way to the claim that lists groups, name by name; none are taken where it is left out. */
  readonly groupsClaim?: readonly string[] | undefined
  /** Who is in this group is an operator here. */
  readonly operatorsGroup?: string | undefined
  /** Addresses of these domains sign in there and nowhere else. */
  readonly domains: readonly string[]
  /** Which people whom nobody has added here may come in. */
  readonly newPeople: 'everybody' | 'of_its_domains' | 'nobody'
}

export interface SignInSettings {
  readonly password: boolean
  readonly providers: readonly Provider[]
}

export const SIGN_IN: SignInSettings = { password: true, providers: [] }

/** What governing people has to know of how they sign in. */
export interface SignInOutline {
  readonly providers: readonly Pick<Provider, 'id' | 'name' | 'domains'>[]
}

/** The provider that alone speaks for addresses of this domain. */
export function providerFor<One extends Pick<Provider, 'domains'>>(
  { providers }: { readonly providers: readonly One[] },
  email: string,
): One | undefined {
  return providers.find((provider) => speaksFor(provider, email))
}

/** Whether an operator gave the domain of this address to a provider, however the domain is written. */
export function speaksFor({ domains }: Pick<Provider, 'domains'>, email: string): boolean {
  const at = email.lastIndexOf('@')
  return at !== -1 && domains.includes(canonicalDomain(email.slice(at + 1)))
}

// RFC 5890 §2.3.2.1: mail to the two spellings of a domain goes to the same place. RFC 1034 §3.1: so it does with a dot at the end.
function canonicalDomain(domain: string): string {
  return domainToASCII(domain.replace(/\.$/, ''))
}
