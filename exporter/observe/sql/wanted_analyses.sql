-- Which analyses have a status row that says PENDING or STARTED, and in which search index are they?
--
-- A first look, as wanted_timelines.sql. The search index is the analysis' own where it names one,
-- else its timeline's.
SELECT
    analysis.id AS analysis_id,
    COALESCE(own_index.index_name, timeline_index.index_name) AS index_name
FROM analysis_status
JOIN analysis ON analysis.id = analysis_status.parent_id
LEFT JOIN searchindex AS own_index ON own_index.id = analysis.searchindex_id
LEFT JOIN timeline ON timeline.id = analysis.timeline_id
LEFT JOIN searchindex AS timeline_index ON timeline_index.id = timeline.searchindex_id
WHERE analysis_status.status IN ('PENDING', 'STARTED')
