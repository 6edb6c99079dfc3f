-- How many timelines of living sketches have which status, and what time is it by the database?
--
-- A timeline without a status row counts as `new`, as Timesketch treats it. There is always a
-- row, so that the clock can be read where there are no timelines. The costliest of the
-- statements: it looks at every timeline.
SELECT counted.status, counted.timelines, clock.database_now
FROM (SELECT NOW_EPOCH() AS database_now) AS clock
LEFT JOIN (
    SELECT COALESCE(timeline_status.status, 'new') AS status, COUNT(*) AS timelines
    FROM timeline
    LEFT JOIN timeline_status ON timeline_status.parent_id = timeline.id AND NOT EXISTS (
        SELECT 1 FROM timeline_status AS newer
        WHERE newer.parent_id = timeline_status.parent_id AND newer.id > timeline_status.id
    )
    WHERE timeline.sketch_id IN (
        SELECT sketch.id
        FROM sketch
        LEFT JOIN sketch_status ON sketch_status.parent_id = sketch.id AND NOT EXISTS (
            SELECT 1 FROM sketch_status AS newer
            WHERE newer.parent_id = sketch_status.parent_id AND newer.id > sketch_status.id
        )
        WHERE COALESCE(sketch_status.status, 'new') IN ('new', 'ready')
    )
    GROUP BY COALESCE(timeline_status.status, 'new')
) AS counted ON counted.timelines > 0
