-- Which analyses of living sketches say PENDING or STARTED?
--
-- Every status row of each analysis that has such a one; the reader keeps the newest (highest id).
-- The search index is the analysis' own where it names one, else its timeline's.
SELECT
    analysis.id AS analysis_id,
    analysis.sketch_id,
    analysis.timeline_id,
    analysis.analysissession_id AS session_id,
    COALESCE(own_index.index_name, timeline_index.index_name) AS index_name,
    COALESCE(analysis.analyzer_name, analysis.name, '') AS analyzer,
    analysis_status.status,
    analysis_status.id AS status_id,
    AGE(analysis_status.created_at) AS status_age,
    AGE(analysis.created_at) AS created_age
FROM analysis_status
JOIN analysis ON analysis.id = analysis_status.parent_id
LEFT JOIN searchindex AS own_index ON own_index.id = analysis.searchindex_id
LEFT JOIN timeline ON timeline.id = analysis.timeline_id
LEFT JOIN searchindex AS timeline_index ON timeline_index.id = timeline.searchindex_id
WHERE analysis_status.parent_id IN (
    SELECT claim.parent_id
    FROM analysis_status AS claim
    WHERE claim.status IN ('PENDING', 'STARTED')
)
AND EXISTS (SELECT 1 FROM sketch WHERE sketch.id = analysis.sketch_id)
AND NOT EXISTS (
    SELECT 1 FROM sketch_status AS gone
    WHERE gone.parent_id = analysis.sketch_id AND gone.status NOT IN ('new', 'ready')
    AND NOT EXISTS (
        SELECT 1 FROM sketch_status AS newer
        WHERE newer.parent_id = gone.parent_id AND newer.id > gone.id
    )
)
ORDER BY analysis.id, analysis_status.id
