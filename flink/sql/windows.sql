-- What the variants of endpoints did in each minute, by the time at which requests ended.
-- The Lambda function's words for the same are lambdas/stream_processor/window.py and window_metrics.py.

CREATE TEMPORARY VIEW requests AS
SELECT
    *,
    DATE_FORMAT(ended, 'yyyy-MM-dd''T''HH:mm') AS `minute`,
    -- An answer that broke off after its status had been sent failed; a caller who left says nothing bad about the endpoint.
    CASE WHEN stop_reason = 'error' OR (status >= 400 AND status <> 499) THEN 1 ELSE 0 END AS failed,
    -- A record may state any number that a BIGINT holds, so a sum of them needs more.
    CAST(dropped_before AS DECIMAL(20, 0)) AS dropped,
    CAST(input_tokens AS DECIMAL(20, 0)) AS input,
    CAST(output_tokens AS DECIMAL(20, 0)) AS output,
    CAST(cached_input_tokens AS DECIMAL(20, 0)) AS cached,
    -- Flink drops, without a word, what comes after its window was closed: such a record is published by itself instead.
    -- The comparison is the one by which a window is closed, so that each record goes exactly one of the two ways.
    COALESCE(
        CURRENT_WATERMARK(ended) >= TIMESTAMPADD(MINUTE, 1, FLOOR(ended TO MINUTE)) - INTERVAL '0.001' SECOND, FALSE
    ) AS late
FROM records;

CREATE TEMPORARY VIEW on_time AS SELECT * FROM requests WHERE NOT late;

CREATE TEMPORARY VIEW late AS SELECT * FROM requests WHERE late;

CREATE TEMPORARY VIEW totals AS
SELECT
    CONCAT_WS('/', endpoint, variant, DATE_FORMAT(window_start, 'yyyy-MM-dd''T''HH:mm')) AS row_id,
    endpoint, variant, DATE_FORMAT(window_start, 'yyyy-MM-dd''T''HH:mm') AS `minute`,
    COUNT(*) AS requests, SUM(CAST(failed AS BIGINT)) AS errors, SUM(dropped) AS records_dropped,
    COUNT(input) AS input_count, SUM(input) AS input_sum, MIN(input) AS input_smallest, MAX(input) AS input_largest,
    COUNT(output) AS output_count, SUM(output) AS output_sum, MIN(output) AS output_smallest, MAX(output) AS output_largest,
    COUNT(cached) AS cached_count, SUM(cached) AS cached_sum, MIN(cached) AS cached_smallest, MAX(cached) AS cached_largest
FROM TABLE(TUMBLE(TABLE on_time, DESCRIPTOR(ended), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, endpoint, variant
UNION ALL
SELECT
    record_id, endpoint, variant, `minute`,
    CAST(1 AS BIGINT), CAST(failed AS BIGINT), CAST(dropped AS DECIMAL(38, 0)),
    CASE WHEN input IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END, CAST(input AS DECIMAL(38, 0)), input, input,
    CASE WHEN output IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END, CAST(output AS DECIMAL(38, 0)), output, output,
    CASE WHEN cached IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END, CAST(cached AS DECIMAL(38, 0)), cached, cached
FROM late;

-- One row for each duration that was measured.
CREATE TEMPORARY VIEW measured AS
SELECT record_id, ended, endpoint, variant, `minute`, late, metric, milliseconds
FROM requests
CROSS JOIN UNNEST(ARRAY[
    ROW(CAST('TimeToFirstToken' AS STRING), time_to_first_token_ms),
    ROW(CAST('TimePerOutputToken' AS STRING), time_per_output_token_ms),
    ROW(CAST('RequestLatency' AS STRING), latency_ms),
    ROW(CAST('QueueTime' AS STRING), queue_ms)
]) AS durations(metric, milliseconds)
WHERE milliseconds IS NOT NULL;

CREATE TEMPORARY VIEW measured_on_time AS SELECT * FROM measured WHERE NOT late;

-- Two steps, so that one busy variant is not the work of one task: first by value, then by what of it is published.
CREATE TEMPORARY VIEW different_values AS
SELECT window_start, window_end, endpoint, variant, metric, milliseconds, COUNT(*) AS requests
FROM TABLE(TUMBLE(TABLE measured_on_time, DESCRIPTOR(ended), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, endpoint, variant, metric, milliseconds;

-- Neighbouring steps are half a percent apart. Below a nanosecond, the noise of any clock, is nothing.
CREATE TEMPORARY VIEW steps AS
SELECT
    window_start, window_end, endpoint, variant, metric, step,
    MIN(milliseconds) AS smallest, MAX(milliseconds) AS largest, SUM(requests) AS requests
FROM (
    SELECT
        *,
        CASE WHEN milliseconds > 0.000001 THEN CAST(ROUND(LN(milliseconds) / LN(CAST(1.005 AS DOUBLE))) AS INT) END AS step
    FROM different_values
)
GROUP BY window_start, window_end, endpoint, variant, metric, step;

-- A step that holds one value is published as that value.
CREATE TEMPORARY VIEW durations AS
SELECT
    CONCAT_WS('/', endpoint, variant, DATE_FORMAT(window_start, 'yyyy-MM-dd''T''HH:mm')) AS row_id,
    endpoint, variant, DATE_FORMAT(window_start, 'yyyy-MM-dd''T''HH:mm') AS `minute`, metric,
    ARRAY_AGG(ROW(
        CASE
            WHEN step IS NULL THEN CAST(0 AS DOUBLE)
            WHEN smallest = largest THEN smallest
            ELSE EXP(step * LN(CAST(1.005 AS DOUBLE)))
        END,
        requests
    )) AS milliseconds
FROM steps
GROUP BY window_start, window_end, endpoint, variant, metric
UNION ALL
SELECT record_id, endpoint, variant, `minute`, metric, ARRAY[ROW(milliseconds, CAST(1 AS BIGINT))]
FROM measured
WHERE late;
