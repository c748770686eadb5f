-- What was delivered for an event, in the order of time.
CREATE INDEX audit_delivered ON acteon.audit_record (event, tenant, namespace, at, seq)
  WHERE event IS NOT NULL AND outcome IN ('executed', 'rerouted');
