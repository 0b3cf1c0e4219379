export const accountNav = {
  label: 'Your account',
  connections: 'Connections',
  'sign-in': 'Sign-in',
  clients: 'Your own applications',
}
