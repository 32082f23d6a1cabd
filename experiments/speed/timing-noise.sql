-- How well repeated rounds of one prompt agree, one line a database: cells (a label on a prompt) with
-- three rounds or more, then median and 95th percentile over them of the coefficient of variation and of
-- the spread, (third quartile - first) / median, of the time to first token, in percent:
--   sqlite3 -readonly results/h100/speed-llama-8b.db < experiments/speed/timing-noise.sql
WITH
rounds AS (
  SELECT DISTINCT model, label, task, subset, sample_id, run_id, round, ttft_ms AS ms
  FROM samples WHERE status = 'ok' AND ttft_ms IS NOT NULL),
ranked AS (
  SELECT model, label, task, subset, sample_id, ms,
    row_number() OVER cell - 1 AS place,
    count(*) OVER (PARTITION BY model, label, task, subset, sample_id) AS n
  FROM rounds
  WINDOW cell AS (PARTITION BY model, label, task, subset, sample_id ORDER BY ms)),
-- A quantile weighs its two neighbours: each by 1 - the distance to it, if that is less than 1.
cells AS (
  SELECT
    sqrt((avg(ms * ms) - avg(ms) * avg(ms)) * n / (n - 1)) / avg(ms) AS variation,
    (sum(ms * max(0, 1 - abs(place - 0.75 * (n - 1)))) -
     sum(ms * max(0, 1 - abs(place - 0.25 * (n - 1))))) /
     sum(ms * max(0, 1 - abs(place - 0.5 * (n - 1)))) AS spread
  FROM ranked WHERE n >= 3 GROUP BY model, label, task, subset, sample_id),
places AS (
  SELECT variation, spread, count(*) OVER () AS n,
    row_number() OVER (ORDER BY variation) - 1 AS by_variation,
    row_number() OVER (ORDER BY spread) - 1 AS by_spread
  FROM cells)
SELECT n AS cells,
  round(100 * sum(variation * max(0, 1 - abs(by_variation - 0.5 * (n - 1)))), 2) AS cv_median,
  round(100 * sum(variation * max(0, 1 - abs(by_variation - 0.95 * (n - 1)))), 2) AS cv_p95,
  round(100 * sum(spread * max(0, 1 - abs(by_spread - 0.5 * (n - 1)))), 2) AS spread_median,
  round(100 * sum(spread * max(0, 1 - abs(by_spread - 0.95 * (n - 1)))), 2) AS spread_p95
FROM places;
