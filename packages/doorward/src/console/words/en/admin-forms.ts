/** What is said of a form that comes back. */
export const adminForms = {
  title: 'This was not taken.',
  wrong: 'Something in it will not do.',
  signedInAgain: 'You are signed in again. Look at it once more, then send it.',
  aboutTo: 'You are signed in again. This is what you were about to do.',
  /** By form and field: what stands there when it is right. */
  fields: {
    'client-added name': 'Give it a name of at most 120 characters.',
    'client-added redirect_uris':
      'Check the addresses that answers may go to, one each line: https, a loopback address, or a scheme of the application.',
    'client-added scope': 'Name only scopes that this server knows.',
    'person-added email': 'Give an e-mail address like ada@example.com.',
    'person-groups groups': 'A group is one line of at most 128 characters without a slash; at most 100 of them.',
    'invite-created uses': 'Give a whole number from 1 to 100000.',
    'invite-created days': 'Give a whole number from 1 to 3650.',
    'invite-created hosts': 'Give host names, one each line, like client.example.',
    'invite-created scopes': 'Name only scopes, with spaces between them.',
    'invite-created note': 'Keep the note to 200 characters.',
    'rule-added value': 'This is no value of that kind.',
    'rule-added note': 'Keep the note to 200 characters.',
  },
  /** By reason, where that says more than the field. */
  reasons: {
    form_repeated:
      'This form was sent before. See whether what you wanted is there already; to have another one, send it again from here.',
    admin_person_taken: 'There is a person with this address already.',
    admin_groups_changed:
      'Somebody else changed these groups meanwhile. Below is what you typed; compare it with what is said here and save again.',
    admin_rule_known: 'There is such a rule already.',
    admin_rules_full: 'There are as many rules as there can be. Remove one first.',
  },
}
