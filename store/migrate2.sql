-- Version 2: what issue after issue adds to a database of version 1. Times, days, lists and hashes as in schema.sql.

-- Room: how much of the disk a source may fill (room.go).
ALTER TABLE source ADD COLUMN room INTEGER;                        -- bytes that it may still add, as of room_at
ALTER TABLE source ADD COLUMN room_at INTEGER;                     -- NULL: it has all that a source may fill
ALTER TABLE visit ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;   -- new entries of the last document that found no room
