-- The records in the stream, each once: an id is remembered for as long as table.exec.state.ttl says.
-- A time that is more than two hours ahead is one that CloudWatch refuses.
SELECT
    ended, record_id, endpoint, variant, status, stop_reason,
    time_to_first_token_ms, time_per_output_token_ms, latency_ms, queue_ms,
    input_tokens, output_tokens, cached_input_tokens, dropped_before
FROM (
    SELECT
        *,
        TO_TIMESTAMP(REPLACE(REPLACE(`time`, 'T', ' '), 'Z', ''), 'yyyy-MM-dd HH:mm:ss.SSS') AS ended,
        ROW_NUMBER() OVER (PARTITION BY record_id ORDER BY arrival) AS copy
    FROM (
        SELECT read_records.*, PROCTIME() AS arrival
        FROM record_stream, LATERAL TABLE(record_rows(data)) AS read_records(
            record_id, `time`, endpoint, variant, status, stop_reason,
            time_to_first_token_ms, time_per_output_token_ms, latency_ms, queue_ms,
            input_tokens, output_tokens, cached_input_tokens, dropped_before
        )
    )
)
WHERE copy = 1 AND ended < CAST(LOCALTIMESTAMP AS TIMESTAMP(3)) + INTERVAL '2' HOUR;
