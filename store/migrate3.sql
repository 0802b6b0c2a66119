-- Migration from version 2 to version 3. Times, days, lists and hashes are as in schema.sql, as is the rule for
-- comments.

-- What a visit says of its source's document (broadsheet.Visit).
ALTER TABLE visit ADD COLUMN entries INTEGER NOT NULL DEFAULT 0;       -- entries of the last document that was read
ALTER TABLE visit ADD COLUMN list_changed TEXT NOT NULL DEFAULT '';    -- why the list of a page is not the one it was; '': it is
ALTER TABLE visit ADD COLUMN quarantine TEXT NOT NULL DEFAULT '';      -- why nothing of the source is shown; '': it is shown

-- What a visit says of a long document, and of the validators (broadsheet.Visit). Validators of version 2 have no
-- address, so that the next request is unconditional.
ALTER TABLE visit ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;      -- entries that were not read, since newer ones fill the limit
ALTER TABLE visit ADD COLUMN validators_url TEXT NOT NULL DEFAULT '';  -- the address that gave the validators; '': not known
-- What is remembered from one visit of a page or of a sitemap index to the next.
ALTER TABLE visit ADD COLUMN list TEXT NOT NULL DEFAULT '{}';          -- JSON of broadsheet.PageList: how the list of a page was found, and its links
ALTER TABLE visit ADD COLUMN sitemaps TEXT NOT NULL DEFAULT '{}';      -- JSON of broadsheet.Sitemaps: which sitemaps of an index were read
