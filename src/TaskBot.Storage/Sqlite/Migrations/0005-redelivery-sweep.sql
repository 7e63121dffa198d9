-- One row once the first sweep is over: every delivery that GitHub tried before this instant came through or was given up.
CREATE TABLE delivery_sweep (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  settled_until INTEGER NOT NULL
);
