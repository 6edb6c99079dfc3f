-- How many timelines of living sketches have which status, where some have several status rows?
--
-- The newest row of each counts. A timeline without a status row counts as `new`, as Timesketch
-- treats it.
SELECT COALESCE(timeline_status.status, 'new') AS status, COUNT(*) AS timelines
FROM timeline
LEFT JOIN timeline_status ON timeline_status.parent_id = timeline.id AND NOT EXISTS (
    SELECT 1 FROM timeline_status AS newer
    WHERE newer.parent_id = timeline_status.parent_id AND newer.id > timeline_status.id
)
WHERE timeline.sketch_id IS NOT NULL
AND NOT EXISTS (
    SELECT 1 FROM sketch_status AS gone
    WHERE gone.parent_id = timeline.sketch_id AND gone.status NOT IN ('new', 'ready')
    AND NOT EXISTS (
        SELECT 1 FROM sketch_status AS newer
        WHERE newer.parent_id = gone.parent_id AND newer.id > gone.id
    )
)
GROUP BY COALESCE(timeline_status.status, 'new')
