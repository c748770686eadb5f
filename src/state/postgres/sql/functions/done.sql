-- Remembers an operation's answer under its token, and gives it.
--   a  {token}, at  the store's time, given  the answer
CREATE OR REPLACE FUNCTION acteon.done(a jsonb, at float8, given jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO acteon.token VALUES (a ->> 'token', at, given::text)
    ON CONFLICT (token) DO UPDATE SET at = excluded.at, answer = excluded.answer;
  RETURN given::text;
END $$;
