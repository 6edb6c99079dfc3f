-- Which timelines have a status row that says `processing`, and in which search index do they lie?
--
-- A first look, so that a scan knows whose tasks to look for. It may name too many (of sketches
-- that are not living, with a newer status), never too few. Reads the table of statuses once.
SELECT
    timeline.id AS timeline_id,
    searchindex.index_name
FROM timeline_status
JOIN timeline ON timeline.id = timeline_status.parent_id
LEFT JOIN searchindex ON searchindex.id = timeline.searchindex_id
WHERE timeline_status.status = 'processing'
