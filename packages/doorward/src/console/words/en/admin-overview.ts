import { worded } from '../plural.ts'

export const adminOverview = {
  title: 'Overview',
  lead: 'The last two weeks at this door.',
  /** Below a number. */
  tiles: {
    waiting: worded('en', { one: 'application that waits for you', other: 'applications that wait for you' }),
    failed: worded('en', { one: 'attempt that failed since yesterday', other: 'attempts that failed since yesterday' }),
    registrations: worded('en', { one: 'new registration', other: 'new registrations' }),
    grants: worded('en', { one: 'consent given', other: 'consents given' }),
    refusals: worded('en', { one: 'refusal', other: 'refusals' }),
  },
  registrations: 'new registrations',
  grants: 'consents given',
  registrationsChart: 'New registrations each day',
  grantsChart: 'Consents given each day',
  refusalsChart: 'Refusals by reason, each day',
  inAll: (count: number, days: number) => `${count} in ${days} days`,
  highest: (count: number) => `most in a day: ${count}`,
  nothing: 'Nothing in these days.',
  others: 'other reasons',
  failedTitle: 'Failed of late',
  allTraces: 'All attempts',
  noneFailed: 'No attempt failed since yesterday.',
}
