-- Who changed which status row when: written by the database itself, whoever forgets to tell.
CREATE TABLE chaos_audit (
    id BIGSERIAL PRIMARY KEY,
    at DOUBLE PRECISION NOT NULL DEFAULT extract(epoch FROM clock_timestamp()),
    author TEXT NOT NULL DEFAULT session_user,
    transaction BIGINT NOT NULL DEFAULT txid_current(),
    changed_table TEXT NOT NULL,
    operation TEXT NOT NULL,
    parent_id INTEGER,
    status_id INTEGER NOT NULL,
    status TEXT
);

CREATE FUNCTION chaos_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    changed RECORD;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    INSERT INTO chaos_audit (changed_table, operation, parent_id, status_id, status)
    VALUES (TG_TABLE_NAME, TG_OP, changed.parent_id, changed.id, changed.status);
    RETURN NULL;
END
$$;

CREATE TRIGGER chaos_note AFTER INSERT OR UPDATE OR DELETE ON timeline_status
    FOR EACH ROW EXECUTE FUNCTION chaos_note();
CREATE TRIGGER chaos_note AFTER INSERT OR UPDATE OR DELETE ON datasource_status
    FOR EACH ROW EXECUTE FUNCTION chaos_note();
CREATE TRIGGER chaos_note AFTER INSERT OR UPDATE OR DELETE ON analysis_status
    FOR EACH ROW EXECUTE FUNCTION chaos_note();
CREATE TRIGGER chaos_note AFTER INSERT OR UPDATE OR DELETE ON searchindex_status
    FOR EACH ROW EXECUTE FUNCTION chaos_note();

CREATE ROLE chaos_worker SUPERUSER LOGIN PASSWORD '{password}';
