export const common = {
  reference: 'Reference',
}
