-- Median over lengths of (first time to first token / median of the later ones), and the largest.
WITH times AS (
  SELECT label, subset, round, ttft_ms FROM samples WHERE metric IS NULL AND current
), ranked AS (
  SELECT label, subset, ttft_ms,
         row_number() OVER (PARTITION BY label, subset ORDER BY ttft_ms) AS place,
         count(*) OVER (PARTITION BY label, subset) AS n
  FROM times WHERE round > 0
), later AS (
  SELECT label, subset, avg(ttft_ms) AS ttft_ms FROM ranked
  WHERE place IN ((n + 1) / 2, (n + 2) / 2) GROUP BY label, subset
), ratios AS (
  SELECT f.label, f.ttft_ms / l.ttft_ms AS ratio,
         row_number() OVER (PARTITION BY f.label ORDER BY f.ttft_ms / l.ttft_ms) AS place,
         count(*) OVER (PARTITION BY f.label) AS n
  FROM times f JOIN later l USING (label, subset) WHERE f.round = 0
)
SELECT label, round(avg(CASE WHEN place IN ((n + 1) / 2, (n + 2) / 2) THEN ratio END), 3) AS median,
       round(max(ratio), 3) AS largest, max(n) AS lengths
FROM ratios GROUP BY label ORDER BY label;
