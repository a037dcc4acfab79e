-- Rows of the two kinds that lambdas/window_publisher reads.
INSERT INTO window_totals
SELECT
    'modelyard.window_totals/1', row_id, endpoint, variant, `minute`, requests, errors, records_dropped,
    ROW(input_count, input_sum, input_smallest, input_largest),
    ROW(output_count, output_sum, output_smallest, output_largest),
    ROW(cached_count, cached_sum, cached_smallest, cached_largest)
FROM totals;

INSERT INTO window_durations
SELECT 'modelyard.window_durations/1', row_id, endpoint, variant, `minute`, metric, milliseconds
FROM durations;
