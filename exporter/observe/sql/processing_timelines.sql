-- Which timelines of living sketches say `processing`, and what do their data sources say?
--
-- Every status row of each timeline that has one saying `processing`, with every status row of its
-- data sources; the reader keeps the newest of each (highest id, as Timesketch does). One row an
-- object is the rule, and choosing it here costs twice the time: Timesketch has no index but its
-- primary keys, so this reads each table once or twice and joins the few rows that match.
SELECT
    timeline.id AS timeline_id,
    timeline.sketch_id,
    timeline.name,
    searchindex.index_name,
    timeline_status.id AS status_id,
    timeline_status.status,
    AGE(timeline_status.created_at) AS status_age,
    datasource.id AS data_source_id,
    CASE WHEN COALESCE(datasource.file_on_disk, '') = '' THEN 1 ELSE 0 END AS streamed,
    AGE(datasource.created_at) AS source_created_age,
    datasource_status.id AS source_status_id,
    datasource_status.status AS source_status,
    AGE(datasource_status.created_at) AS source_status_age
FROM timeline_status
JOIN timeline ON timeline.id = timeline_status.parent_id
LEFT JOIN searchindex ON searchindex.id = timeline.searchindex_id
LEFT JOIN datasource ON datasource.timeline_id = timeline.id
LEFT JOIN datasource_status ON datasource_status.parent_id = datasource.id
WHERE timeline_status.parent_id IN (
    SELECT claim.parent_id FROM timeline_status AS claim WHERE claim.status = 'processing'
)
AND EXISTS (SELECT 1 FROM sketch WHERE sketch.id = timeline.sketch_id)
AND NOT EXISTS (
    SELECT 1 FROM sketch_status AS gone
    WHERE gone.parent_id = timeline.sketch_id AND gone.status NOT IN ('new', 'ready')
    AND NOT EXISTS (
        SELECT 1 FROM sketch_status AS newer
        WHERE newer.parent_id = gone.parent_id AND newer.id > gone.id
    )
)
ORDER BY timeline.id, timeline_status.id, datasource.id, datasource_status.id
