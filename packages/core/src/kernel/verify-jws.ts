import { type AsymmetricKeyDetails, constants, type KeyObject, type SigningOptions, verify } from 'node:crypto'

/** What signatures are verified here: asymmetric, and registered for JWS (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). */
export const JWS_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
] as const
export type JwsAlgorithm = (typeof JWS_ALGORITHMS)[number]

const CURVES: Readonly<Record<string, string>> = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' }

export function isJwsAlgorithm(name: unknown): name is JwsAlgorithm {
  return (JWS_ALGORITHMS as readonly unknown[]).includes(name)
}

/** Whether a key is of the kind, the curve and the size that an algorithm is for. */
export function isFor(algorithm: JwsAlgorithm, { type, asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (type !== 'public') return false
  switch (algorithm.slice(0, 2)) {
    case 'ES':
      return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === CURVES[algorithm]
    case 'Ed':
      return asymmetricKeyType === 'ed25519'
    default:
      return asymmetricKeyType === 'rsa' && isModest(asymmetricKeyDetails)
  }
}

/**
 * RFC 7518 §3.3, §3.5: 2048 bits or more. Whoever sends a proof chooses its key: one with more bits or a longer exponent than anybody needs
 * would cost fifty times as much to verify, and one with the exponent 1 signs everything.
 */
function isModest({ modulusLength = 0, publicExponent = 0n }: AsymmetricKeyDetails = {}): boolean {
  return modulusLength >= 2048 && modulusLength <= 8192 && publicExponent >= 3n && publicExponent < 2n ** 32n
}

/** Verifies the signature of a JWS (RFC 7515 §5.2, step 8) with a key that `isFor` its algorithm. */
export function isSigned(input: string, signature: Uint8Array, algorithm: JwsAlgorithm, key: KeyObject): boolean {
  const data = Buffer.from(input)
  try {
    if (algorithm.startsWith('Ed')) return verify(null, data, key, signature)
    return verify(`sha${algorithm.slice(2)}`, data, { key, ...OPTIONS[algorithm.slice(0, 2)] }, signature)
  } catch {
    return false
  }
}

const OPTIONS: Readonly<Record<string, SigningOptions>> = {
  ES: { dsaEncoding: 'ieee-p1363' },
  RS: { padding: constants.RSA_PKCS1_PADDING },
  PS: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
}
