import { REGISTRATION, type RegistrationSettings } from '../authority/context.ts'
import { guarded } from '../authority/registration/policies/guarded.ts'
import { PRESETS } from '../authority/registration/policies/index.ts'
import type { Policy } from '../authority/registration/policies/policy.ts'
import type { StatementIssuer } from '../authority/registration/stated.ts'
import type { PolicyConfig, RegistrationConfig } from './config-schema.ts'

/** The policy that a config file means: a preset, and what stands beside it. */
export function policyOf(config: PolicyConfig = {}): Policy {
  const preset = PRESETS.find((candidate) => candidate.preset === config.preset) ?? guarded
  const { senderConstraint } = config
  return {
    ...preset,
    ...(typeof senderConstraint === 'string' ? { senderConstraint } : {}),
    senderConstraintFor: Array.isArray(senderConstraint) ? senderConstraint : [],
    ...(config.deviceAuthorization === undefined ? {} : { deviceAuthorization: config.deviceAuthorization }),
    ...(config.answersByHand === undefined ? {} : { answersByHand: config.answersByHand }),
    ...(config.assertionAudience === undefined ? {} : { assertionAudience: config.assertionAudience }),
    byAssurance: { ...preset.byAssurance, ...config.assurance },
    allow: config.allow ?? [],
    deny: config.deny ?? [],
    neverScopes: config.neverScopes ?? {},
  }
}

/** Who may register, as a config file says it. */
export function registrationOf(config: RegistrationConfig = {}): RegistrationSettings {
  return {
    isOpen: config.open ?? REGISTRATION.isOpen,
    newPerHour: config.newPerHour ?? REGISTRATION.newPerHour,
    newPerHourAndNetwork: config.newPerHourAndNetwork ?? REGISTRATION.newPerHourAndNetwork,
    // The schema has checked the shapes; what it calls optional is left out and not undefined.
    statementIssuers: (config.statementIssuers ?? []) as unknown as StatementIssuer[],
  }
}
