// Forms of operators that come back as they were typed, for the gallery.
import type { Frame } from '../packages/doorward/src/console/admin/frame.ts'
import { ADMIN_PAGES } from '../packages/doorward/src/console/admin/pages/index.ts'
import type { Page } from '../packages/doorward/src/console/views.ts'
import type { Words } from '../packages/doorward/src/console/words/words.ts'

export const NOON = 1_795_262_400
export const PERSON = {
  id: 'dwu_ada',
  email: 'ada@acme.example',
  operator: true,
  groups: ['staff', 'okta/dev'],
  createdAt: NOON,
}

/** Pages of the console by name. */
export function returnedForms(
  words: Words,
  at: (current: Frame['current']) => Frame,
  say: (text: string) => string,
): Readonly<Record<string, Page>> {
  return {
    'admin-person-stale': ADMIN_PAGES.person(
      {
        frame: {
          ...at('people'),
          returned: {
            key: 'person-groups',
            sent: { groups: 'board' },
            status: 409,
            problem: {
              field: 'groups',
              text: words.adminForms.reasons.admin_groups_changed,
              exactly: `Somebody else has added '${say('board')}' meanwhile`,
            },
          },
        },
        person: PERSON,
        grants: [],
        signsInAt: say('https://login.acme.example'),
      },
      words,
    ),
    'admin-people-wrong': ADMIN_PAGES.people(
      {
        frame: {
          ...at('people'),
          returned: {
            key: 'person-added',
            sent: { email: 'ada at acme', operator: 'yes' },
            status: 400,
            problem: {
              field: 'email',
              text: words.adminForms.fields['person-added email'],
              exactly: "'ada at acme' is not an e-mail address; give one like ada@example.com.",
            },
          },
        },
        text: undefined,
        people: [PERSON],
        next: undefined,
      },
      words,
    ),
    'admin-invites-again': ADMIN_PAGES.invites(
      {
        frame: {
          ...at('invites'),
          returned: {
            key: 'invite-created',
            sent: { note: say('For the build agents'), uses: '3', days: '5' },
            status: 200,
          },
        },
        now: NOON,
        invites: [],
      },
      words,
    ),
  }
}
