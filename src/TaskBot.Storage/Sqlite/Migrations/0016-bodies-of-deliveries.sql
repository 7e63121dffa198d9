-- A delivery's body has a row of its own, so that taking a delivery and settling it do not write the body again.
CREATE TABLE delivery_body (
  delivery INTEGER PRIMARY KEY,                -- seq
  body BLOB NOT NULL                           -- length, checksum and Brotli; dropped once handled
);
ALTER TABLE delivery DROP COLUMN body;
CREATE TRIGGER delivery_completed AFTER UPDATE OF state ON delivery WHEN NEW.state = 'Completed'
BEGIN
  DELETE FROM delivery_body WHERE delivery = NEW.seq;
END;
CREATE TRIGGER delivery_body_removed AFTER DELETE ON delivery WHEN OLD.state <> 'Completed'
BEGIN
  DELETE FROM delivery_body WHERE delivery = OLD.seq;
END;

-- What was packed with zlib cannot be read any more. No release wrote any.
DELETE FROM delivery WHERE state <> 'Completed';
DELETE FROM result WHERE is_packed = 1;
DELETE FROM recording;
