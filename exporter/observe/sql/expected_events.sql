-- Of timelines that say `processing`: which index, and how many events has each data source?
--
-- As many timelines as a first look (wanted_timelines.sql). `total_file_events` is 0 until a task
-- has counted the file, and stays 0 for streamed events.
SELECT
    timeline.id AS timeline_id,
    searchindex.index_name,
    datasource.total_file_events
FROM timeline_status
JOIN timeline ON timeline.id = timeline_status.parent_id
JOIN searchindex ON searchindex.id = timeline.searchindex_id
LEFT JOIN datasource ON datasource.timeline_id = timeline.id
WHERE timeline_status.status = 'processing'
ORDER BY timeline.id
