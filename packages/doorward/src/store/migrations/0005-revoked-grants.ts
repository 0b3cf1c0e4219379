// What was revoked lately is looked up all day. No verb that lets a grant live on changes the column, and only ended grants
// stand in the index.
export const revokedGrants = `
CREATE INDEX grants_by_revocation ON grants (revoked_at) WHERE revoked_at IS NOT NULL;
`
