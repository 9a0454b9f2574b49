-- Fills the database with copies of one real entry, so that no column is forgotten when the schema grows.
-- :rows submissions, a fifth as many vehicles, two fifths as many crew, four fifths as many papers.
\set ON_ERROR_STOP on
BEGIN;

-- A UUIDv7 of the millisecond `ms`, the `n`th of its table.
CREATE FUNCTION pg_temp.id_at(ms bigint, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid
$$;

-- Eight characters of Crockford's base 32; an odd factor makes each number another one.
CREATE FUNCTION pg_temp.reference_of(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + ((bits >> (5 * place)) & 31)::int, 1), '' ORDER BY place DESC)
  FROM (SELECT ((n * 2654435761 + 12345) & 1099511627775) AS bits) AS number, generate_series(0, 7) AS place
$$;

-- Each number another plate of the standard form.
CREATE FUNCTION pg_temp.plate_of(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT (ARRAY['MH','GJ','TN','KA','RJ','UP','AP','DL'])[1 + n % 8] || (10 + n / 8 % 90)
    || chr((65 + n / 720 / 26 % 26)::int) || chr((65 + n / 720 % 26)::int) || lpad((n * 7919 % 10000)::text, 4, '0')
$$;

CREATE FUNCTION pg_temp.name_of(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT (ARRAY['Ramesh','Suresh','Mahesh','Dinesh','Ganesh','Anil','Vijay','Sanjay','Rajesh','Prakash'])[1 + n % 10] || ' '
    || (ARRAY['Kumar','Patil','Shah','Yadav','Singh','Naik','Reddy','Das','Joshi','Pawar','More'])[1 + n / 10 % 11]
$$;

CREATE TEMP TABLE model AS
  SELECT s.* FROM submission s JOIN account a ON a.id = s.created_by
  WHERE a.email = 'load0@example.com' AND s.status = 'approved' ORDER BY s.id LIMIT 1;
CREATE TEMP TABLE span AS
  SELECT now() - interval '365 days' AS first, (extract(epoch FROM now() - interval '365 days') * 1000)::bigint AS ms,
    365.0 * 86400000 / :rows AS step;

-- `copy` stands in FROM: as a column, `(function(...)).*` calls the function once for each of the row's columns.
INSERT INTO vehicle
  SELECT copy.*
  FROM span, vehicle v, generate_series(1, :rows / 5) AS n, LATERAL jsonb_populate_record(v, jsonb_build_object(
    'id', pg_temp.id_at(span.ms, n), 'registration_no', pg_temp.plate_of(n))) AS copy
  WHERE v.id = (SELECT vehicle_id FROM model);

INSERT INTO crew_member
  SELECT copy.*
  FROM span, crew_member c, generate_series(1, :rows * 2 / 5) AS n, LATERAL jsonb_populate_record(c, jsonb_build_object(
    'id', pg_temp.id_at(span.ms, n), 'phone', '+918' || lpad(n::text, 9, '0'),
    'full_name', pg_temp.name_of(n), 'name_key', lower(pg_temp.name_of(n)))) AS copy
  WHERE c.id = (SELECT driver_id FROM model);

CREATE TEMP TABLE owner AS
  SELECT row_number() OVER (ORDER BY id) - 1 AS place, id, organisation_id, email FROM account WHERE email LIKE 'load%@example.com';

INSERT INTO submission
  SELECT copy.*
  FROM span, model, generate_series(1, :rows) AS n
  CROSS JOIN LATERAL (SELECT
    span.first + n * span.step * interval '1 millisecond' AS moment, span.ms + (n * span.step)::bigint AS ms,
    1 + n % (:rows / 5) AS vehicle, 1 + n * 7 % (:rows * 2 / 5) AS driver,
    (ARRAY['pending','approved','rejected','cancelled','expired','completed','completed','completed','completed','completed'])[1 + n % 10] AS status
  ) AS at
  JOIN owner ON owner.place = at.vehicle % (SELECT count(*) FROM owner)
  CROSS JOIN LATERAL jsonb_populate_record(model, jsonb_build_object(
    'id', pg_temp.id_at(at.ms, n), 'reference', pg_temp.reference_of(n), 'status', at.status,
    'organisation_id', owner.organisation_id, 'created_by', owner.id,
    'created_at', at.moment, 'changed_at', at.moment, 'submitted_at', at.moment,
    'vehicle_id', pg_temp.id_at(span.ms, at.vehicle), 'vehicle_number', pg_temp.plate_of(at.vehicle),
    'driver_id', pg_temp.id_at(span.ms, at.driver), 'driver_name', pg_temp.name_of(at.driver),
    'driver_phone', '+918' || lpad(at.driver::text, 9, '0'),
    'expected_on', CASE WHEN at.status IN ('pending', 'approved') THEN (now() + interval '10 days')::date ELSE at.moment::date END,
    'valid_from', CASE WHEN at.status IN ('pending', 'approved') THEN now() + interval '10 days' ELSE at.moment END,
    'valid_until', CASE WHEN at.status IN ('pending', 'approved') THEN now() + interval '12 days' ELSE at.moment + interval '2 days' END,
    'decided_at', CASE WHEN at.status = 'pending' THEN NULL ELSE at.moment END,
    'ended_at', CASE WHEN at.status IN ('completed', 'cancelled', 'expired') THEN at.moment + interval '1 day' END,
    'entered_at', CASE WHEN at.status = 'completed' THEN at.moment + interval '1 hour' END,
    'pass_token', NULL, 'pass_hash', encode(sha256(n::text::bytea), 'hex'),
    'search_text', lower(pg_temp.reference_of(n) || ' ' || pg_temp.plate_of(at.vehicle) || ' ' || owner.email || ' '
      || pg_temp.name_of(at.driver) || ' +918' || lpad(at.driver::text, 9, '0')))) AS copy;

-- The first of a type and vehicle is in use; its owner is that of the vehicle's entries.
INSERT INTO document
  SELECT copy.*
  FROM span, generate_series(0, :rows * 4 / 5 - 1) AS n
  JOIN owner ON owner.place = (1 + n / 3 % (:rows / 5)) % (SELECT count(*) FROM owner)
  CROSS JOIN document d
  CROSS JOIN LATERAL jsonb_populate_record(d, jsonb_build_object(
    'id', pg_temp.id_at(span.ms + n, n),
    'document_type', (ARRAY['vehicle_registration','vehicle_insurance','puc'])[1 + n % 3],
    'subject_id', pg_temp.id_at(span.ms, 1 + n / 3 % (:rows / 5)), 'active', n / 3 < :rows / 5, 'replaced_by', NULL,
    'organisation_id', owner.organisation_id, 'created_by', owner.id, 'created_at', span.first,
    'storage_key', substr(encode(sha256(('file' || n)::bytea), 'hex'), 1, 40))) AS copy
  WHERE d.id = (SELECT id FROM document WHERE document_type = 'puc' ORDER BY id LIMIT 1);

ANALYZE submission; -- without counts the next join is a nested loop over both
ANALYZE document;
INSERT INTO submission_document (submission_id, document_type, document_id)
  SELECT s.id, d.document_type, d.id FROM submission s
  JOIN document d ON d.subject_kind = 'vehicle' AND d.subject_id = s.vehicle_id AND d.active
  WHERE s.pass_token IS NULL AND s.status <> 'draft';

COMMIT;
VACUUM (ANALYZE);
SELECT (SELECT count(*) FROM vehicle) || ' vehicles, ' || (SELECT count(*) FROM crew_member) || ' crew, '
  || (SELECT count(*) FROM submission) || ' submissions, ' || (SELECT count(*) FROM document) || ' papers';
