/** What was done, and what is asked before something that cannot be taken back. */
export const adminDone = {
  once: 'It is shown this once. Copy it now.',
  goOn: 'Go on',
  notices: {
    'client-approved': 'The application is admitted. Whoever waited for it goes on in the same tab.',
    'client-blocked': 'The application is blocked, and its connections have ended.',
    'client-unblocked': 'The application may ask people again. What ended stays ended.',
    'client-removed': 'The application is forgotten, and its connections have ended.',
    'grant-narrowed': 'The connection may do less now. Its client refreshes by itself.',
    'grant-revoked': 'The connection has ended.',
    'person-disabled': 'The person is shut out. Their sessions and connections have ended.',
    'person-enabled': 'The person may sign in again.',
    'person-groups': 'The groups are changed.',
    'person-no-password':
      'The person has no password. Whoever the identity provider of their domain says has the address is let in.',
    'person-signed-out': 'Every session of the person has ended.',
    'invite-revoked': 'The invite registers nothing more.',
    'key-rotated': 'A new key is published. It signs in an hour, when everybody knows it.',
    'key-replaced':
      'A new key signs, and the others are gone. Tokens of before are refused; clients refresh by themselves.',
    'rule-added': 'The rule is in force.',
    'rule-removed': 'The rule is taken back. What it ended stays ended.',
  },
  sure: {
    'client-blocked': {
      title: 'Block this application?',
      text: 'Every connection of it ends now, for everybody. It stays blocked when it registers again, until an operator takes that back.',
      button: 'Block it',
    },
    'client-secret': {
      title: 'Give this application another secret?',
      text: 'The ones of before are void at once: wherever they are in use, nothing works until they are replaced. Connections and tokens stay. The new one is shown once.',
      button: 'Make a new secret',
    },
    'client-removed': {
      title: 'Remove this application?',
      text: 'It is forgotten and every connection of it ends now. One that registers itself may come back; block it to keep it out.',
      button: 'Remove it',
    },
    'grant-revoked': {
      title: 'End this connection?',
      text: 'The next call of the client is refused. The person can connect again, if they want to.',
      button: 'End it',
    },
    'person-disabled': {
      title: 'Shut this person out?',
      text: 'Every session and every connection of this person ends now. Connections do not come back when the person may sign in again.',
      button: 'Shut out',
    },
    'person-password': {
      title: 'Give this person a new password?',
      text: 'The old one is gone, and every session of this person ends now. The new one is shown once.',
      button: 'Make a new password',
    },
    'person-no-password': {
      title: 'Take away the password?',
      text: 'Every session of this person ends now. Where they have no passkey and no linked account, whoever the identity provider of their domain says has this address is let into the account.',
      button: 'Take it away',
    },
    'person-enabled': {
      title: 'Let this person in again?',
      text: 'They may sign in again. What ended stays ended.',
      button: 'Let in',
    },
    'key-rotated': {
      title: 'Make a new signing key?',
      text: 'It is published now and signs in an hour, when everybody knows it.',
      button: 'Make it',
    },
    'invite-revoked': {
      title: 'Revoke this invite?',
      text: 'Nobody can register with it any more. What was registered with it stays.',
      button: 'Revoke it',
    },
    'rule-removed': {
      title: 'Remove this rule?',
      text: 'From the next decision on it counts for nothing. What it ended stays ended.',
      button: 'Remove it',
    },
    'key-replaced': {
      title: 'Replace all signing keys now?',
      text: 'For when a key may have leaked. Every access token of before is refused at once. Clients refresh; servers that keep the keys for long may refuse good tokens until they read them anew.',
      button: 'Replace them now',
    },
  },
  sureOfAnything: { title: 'Are you sure?', text: 'This cannot be taken back.', button: 'Yes, do it' },
  made: {
    client: { title: 'The application is registered', id: 'Client id', secret: 'Client secret' },
    secret: { title: 'The secret is new', id: 'Client id', secret: 'Client secret' },
    person: { title: 'The person is added', id: 'E-mail', secret: 'First password' },
    password: { title: 'The password is new', id: 'E-mail', secret: 'Password' },
    invite: { title: 'The invite is made', id: 'Invite', secret: 'Initial access token' },
  },
}
