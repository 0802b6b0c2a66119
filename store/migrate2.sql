-- Version 2: what issue after issue adds to a database of version 1. Times, days, lists and hashes as in schema.sql.

-- Sources whose path is the secret (secret: true): a source that was taken out of feeds.yaml stays one.
ALTER TABLE source ADD COLUMN secret INTEGER NOT NULL DEFAULT 0;
