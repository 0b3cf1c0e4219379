import type { KeyObject } from 'node:crypto'

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
  /** The claim that lists groups; none are taken where it is left out. */
  readonly groupsClaim?: string | undefined
  /** Who is in this group is an operator here. */
  readonly operatorsGroup?: string | undefined
  /** Addresses of these domains sign in there and nowhere else. */
  readonly domains: readonly string[]
  /** Whether people whom nobody has added here may come in. */
  readonly allowNewPeople: boolean
}

export interface SignInSettings {
  readonly password: boolean
  readonly providers: readonly Provider[]
}

export const SIGN_IN: SignInSettings = { password: true, providers: [] }

/** The provider that alone speaks for addresses of this domain. */
export function providerFor({ providers }: SignInSettings, email: string): Provider | undefined {
  const domain = email.slice(email.lastIndexOf('@') + 1)
  return email.includes('@') ? providers.find(({ domains }) => domains.includes(domain)) : undefined
}
