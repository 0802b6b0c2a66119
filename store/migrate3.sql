-- Migration from version 2 to version 3. Times, days, lists and hashes are as in schema.sql, as is the rule for
-- comments.

-- What a visit says of its source's document (broadsheet.Visit).
ALTER TABLE visit ADD COLUMN entries INTEGER NOT NULL DEFAULT 0;       -- entries of the last document that was read
ALTER TABLE visit ADD COLUMN list_changed TEXT NOT NULL DEFAULT '';    -- why the list of a page is not the one it was; '': it is
ALTER TABLE visit ADD COLUMN quarantine TEXT NOT NULL DEFAULT '';      -- why nothing of the source is shown; '': it is shown

-- Sources that somebody else may have taken over (quarantine.go).
CREATE TABLE profile (                        -- what a source was in its earlier documents
  source INTEGER PRIMARY KEY REFERENCES source,
  data   TEXT NOT NULL                        -- JSON of hijack.Profile; '{}': the next document is the first to learn from
);
-- Articles of a source in quarantine, which are in no edition. 1: reported before the quarantine; 2: first reported in it.
ALTER TABLE article ADD COLUMN quarantined INTEGER NOT NULL DEFAULT 0;
