export const resourceChoice = {
  title: 'Which server?',
  heading: 'Which MCP server is meant?',
  lead: 'The application did not say. Choose the one that you want to connect it to; you decide on the next page.',
}
