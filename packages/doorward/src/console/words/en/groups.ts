export const groups = {
  unavailable: 'Not for you',
  whyUnavailable: 'Your groups do not give you this. Whoever runs this server decides about them.',
}
