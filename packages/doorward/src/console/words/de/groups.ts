import type { groups as english } from '../en/groups.ts'

export const groups: typeof english = {
  unavailable: 'Nicht für Sie',
  whyUnavailable: 'Ihre Gruppen geben Ihnen das nicht. Darüber entscheidet, wer diesen Server betreibt.',
}
