// Grants that no person opened: an application's own, or on somebody's word. One row for each application, subject and resource,
// however often it asks. What was exchanged for something else hangs on it and ends with it.
export const standing = `
ALTER TABLE grants ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE grants ADD COLUMN parent TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX grants_standing ON grants (client_id, user_id, resource, parent, kind) WHERE kind <> '' AND revoked_at IS NULL;
CREATE INDEX grants_exchanged ON grants (parent) WHERE parent <> '' AND revoked_at IS NULL;
`
