/** Seconds since 1970-01-01T00:00:00Z (RFC 7519 §2, NumericDate). */
export type Seconds = number
