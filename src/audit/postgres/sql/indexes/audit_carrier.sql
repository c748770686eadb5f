-- Records by whoever took them, in the order of time.
CREATE INDEX audit_carrier ON acteon.audit_record (coalesce(stand_in, provider), at, seq);
