-- How many timelines of living sketches have which status, and what time is it by the database?
--
-- Counts status rows, of which every timeline has one as a rule; the reader makes timelines of
-- them. Whatever has none is the difference to `living`, the number of timelines. Where `surplus`
-- is not 0 some timeline has several, and only timeline_statuses_exactly.sql tells: to look for
-- the newest row of each takes five times as long as all this, and this is the costliest of the
-- statements already, since it looks at every timeline. There is always a row, so that the clock
-- can be read where there are no timelines.
SELECT counted.status, counted.timelines, facts.living, facts.surplus, facts.database_now
FROM (
    SELECT
        NOW_EPOCH() AS database_now,
        (
            SELECT COUNT(*) FROM timeline
            WHERE timeline.sketch_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM sketch_status AS gone
                WHERE gone.parent_id = timeline.sketch_id AND gone.status NOT IN ('new', 'ready')
                AND NOT EXISTS (
                    SELECT 1 FROM sketch_status AS newer
                    WHERE newer.parent_id = gone.parent_id AND newer.id > gone.id
                )
            )
        ) AS living,
        (SELECT COUNT(*) - COUNT(DISTINCT parent_id) FROM timeline_status) AS surplus
) AS facts
LEFT JOIN (
    SELECT COALESCE(timeline_status.status, 'new') AS status, COUNT(*) AS timelines
    FROM timeline_status
    WHERE NOT EXISTS (
        SELECT 1 FROM timeline
        WHERE timeline.id = timeline_status.parent_id AND timeline.sketch_id IS NULL
    )
    AND NOT EXISTS (
        SELECT 1 FROM timeline
        JOIN sketch_status AS gone ON gone.parent_id = timeline.sketch_id
        WHERE timeline.id = timeline_status.parent_id AND gone.status NOT IN ('new', 'ready')
        AND NOT EXISTS (
            SELECT 1 FROM sketch_status AS newer
            WHERE newer.parent_id = gone.parent_id AND newer.id > gone.id
        )
    )
    GROUP BY COALESCE(timeline_status.status, 'new')
) AS counted ON counted.timelines > 0
