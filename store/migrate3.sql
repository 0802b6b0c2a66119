-- Migration from version 2 to version 3. Times, days, lists and hashes are as in schema.sql, as is the rule for
-- comments.

-- What a visit says of its source's document (broadsheet.Visit).
ALTER TABLE visit ADD COLUMN entries INTEGER NOT NULL DEFAULT 0;       -- entries of the last document that was read
ALTER TABLE visit ADD COLUMN list_changed TEXT NOT NULL DEFAULT '';    -- why the list of a page is not the one it was; '': it is
ALTER TABLE visit ADD COLUMN quarantine TEXT NOT NULL DEFAULT '';      -- why nothing of the source is shown; '': it is shown

-- What is known of host groups: all hosts whose requests one operator counts together. Only groups are stored of which
-- more is known than that they answer.
CREATE TABLE host_group (
  name  TEXT PRIMARY KEY,                     -- medium.com, or a host name
  state TEXT NOT NULL                         -- JSON of hostgroup.State
) WITHOUT ROWID;
