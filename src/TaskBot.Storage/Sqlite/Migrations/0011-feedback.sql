-- What each outcome changed in what is believed, so that it can be taken back: null where it was learnt from before this was kept.
ALTER TABLE preference_lesson ADD COLUMN reward REAL;
ALTER TABLE preference_lesson ADD COLUMN changes TEXT;             -- JSON: {feature: [mean, precision]}
