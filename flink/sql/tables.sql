-- What the job reads and writes; what each table is connected to is filled in by flink/main.py or flink/mini_cluster.py.
CREATE TEMPORARY TABLE record_stream (data BYTES) WITH (${record_stream});

CREATE TEMPORARY TABLE window_totals (
    record STRING, row_id STRING, endpoint STRING, variant STRING, `minute` STRING,
    requests BIGINT, errors BIGINT, records_dropped DECIMAL(38, 0),
    input_tokens ROW<`count` BIGINT, `sum` DECIMAL(38, 0), smallest DECIMAL(20, 0), largest DECIMAL(20, 0)>,
    output_tokens ROW<`count` BIGINT, `sum` DECIMAL(38, 0), smallest DECIMAL(20, 0), largest DECIMAL(20, 0)>,
    cached_input_tokens ROW<`count` BIGINT, `sum` DECIMAL(38, 0), smallest DECIMAL(20, 0), largest DECIMAL(20, 0)>
) WITH (${window_totals});

CREATE TEMPORARY TABLE window_durations (
    record STRING, row_id STRING, endpoint STRING, variant STRING, `minute` STRING, metric STRING,
    milliseconds ARRAY<ROW<`value` DOUBLE, `count` BIGINT>>
) WITH (${window_durations});
