-- Version 2: what issue after issue adds to a database of version 1. Times, days, lists and hashes as in schema.sql.

-- What was taken back (broadsheet withdraw).
CREATE TABLE withdrawal (
  id   INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,                         -- day, article, source
  what TEXT NOT NULL,                         -- the day, the key of the article, the address of the source
  at   INTEGER NOT NULL,
  UNIQUE (kind, what)
);
CREATE TABLE withdrawn (                      -- the articles that a withdrawal of an article or a source bars
  article    INTEGER NOT NULL REFERENCES article,
  withdrawal INTEGER NOT NULL REFERENCES withdrawal,
  PRIMARY KEY (article, withdrawal)
) WITHOUT ROWID;
CREATE INDEX withdrawn_by ON withdrawn(withdrawal);
CREATE TABLE withdrawn_pick (                 -- picks of an edition that was withdrawn, for withdraw --undo
  day      TEXT NOT NULL REFERENCES edition,
  position INTEGER NOT NULL,
  article  INTEGER NOT NULL REFERENCES article,
  snapshot TEXT NOT NULL,
  PRIMARY KEY (day, position)
) WITHOUT ROWID;
ALTER TABLE edition ADD COLUMN first TEXT NOT NULL DEFAULT '';      -- id of its first pick as it was cut; '': that of the first pick it has
CREATE TABLE revised (                        -- editions that a withdrawal changed
  day   TEXT PRIMARY KEY REFERENCES edition,
  times INTEGER NOT NULL
) WITHOUT ROWID;
