-- Where a result is, by the first eight bytes of its key as a number: a third of the size, and found by comparing numbers. Whoever reads the
-- page sees whether it is that key's.
ALTER TABLE result_place RENAME TO result_place_by_key;
CREATE TABLE result_place (
  key INTEGER PRIMARY KEY,
  page INTEGER NOT NULL
);
INSERT OR REPLACE INTO result_place (key, page)
  SELECT (instr('123456789ABCDEF', substr(hex(key), 1, 1)) << 60) | (instr('123456789ABCDEF', substr(hex(key), 2, 1)) << 56)
    | (instr('123456789ABCDEF', substr(hex(key), 3, 1)) << 52) | (instr('123456789ABCDEF', substr(hex(key), 4, 1)) << 48)
    | (instr('123456789ABCDEF', substr(hex(key), 5, 1)) << 44) | (instr('123456789ABCDEF', substr(hex(key), 6, 1)) << 40)
    | (instr('123456789ABCDEF', substr(hex(key), 7, 1)) << 36) | (instr('123456789ABCDEF', substr(hex(key), 8, 1)) << 32)
    | (instr('123456789ABCDEF', substr(hex(key), 9, 1)) << 28) | (instr('123456789ABCDEF', substr(hex(key), 10, 1)) << 24)
    | (instr('123456789ABCDEF', substr(hex(key), 11, 1)) << 20) | (instr('123456789ABCDEF', substr(hex(key), 12, 1)) << 16)
    | (instr('123456789ABCDEF', substr(hex(key), 13, 1)) << 12) | (instr('123456789ABCDEF', substr(hex(key), 14, 1)) << 8)
    | (instr('123456789ABCDEF', substr(hex(key), 15, 1)) << 4) | instr('123456789ABCDEF', substr(hex(key), 16, 1)), page
  FROM result_place_by_key;
DROP TABLE result_place_by_key;
