declare const brand: unique symbol

/** A string that only the code which checked it may make, so that two kinds of id cannot be mixed up. */
export type Brand<Name extends string> = string & { readonly [brand]: Name }

export type ClientId = Brand<'ClientId'>
export type GrantId = Brand<'GrantId'>
export type UserId = Brand<'UserId'>

/** Seconds since 1970-01-01T00:00:00Z (RFC 7519 §2, NumericDate). */
export type Seconds = number
