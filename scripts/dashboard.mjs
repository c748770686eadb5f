#!/usr/bin/env node
// Writes deploy/grafana-dashboard.json, so that panels are described once and small. A test checks that every metric
// it asks for is one that the gateway has.
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const rate = (metric, by) => `sum by (${by}) (rate(${metric}[$__rate_interval]))`
const quantile = (share, metric, by) =>
  `histogram_quantile(${share}, sum by (le${by ? `, ${by}` : ''}) (rate(${metric}_bucket[$__rate_interval])))`

/** Rows of panels: title, unit, and queries with their legends. */
const ROWS = [
  [
    ['Outcomes', 'ops', [[rate('acteon_outcomes_total', 'outcome'), '{{outcome}}']]],
    [
      'Dispatch, time to the outcome',
      's',
      [
        [quantile(0.5, 'acteon_dispatch_seconds'), 'p50'],
        [quantile(0.99, 'acteon_dispatch_seconds'), 'p99'],
      ],
    ],
  ],
  [
    ['Deciding rules', 'ops', [[rate('acteon_outcomes_total{rule!=""}', 'rule'), '{{rule}}']]],
    [
      'Calls of providers',
      'ops',
      [[rate('acteon_provider_attempts_total', 'provider, result'), '{{provider}} {{result}}']],
    ],
  ],
  [
    ['Providers, p95', 's', [[quantile(0.95, 'acteon_provider_attempt_seconds', 'provider'), '{{provider}}']]],
    ['Circuits that are not closed', 'short', [['max by (provider) (acteon_circuit_open)', '{{provider}}']]],
  ],
  [
    [
      'What waits',
      'short',
      ['open_actions', 'queued_actions', 'parked_actions', 'scheduled_actions', 'groups'].map((name) => [
        `max(acteon_${name})`,
        name.replaceAll('_', ' '),
      ]),
    ],
    ['Dead letters', 'short', [['max(acteon_dead_letters)', 'dead letters']]],
  ],
  [
    [
      'Jobs, how late',
      's',
      [
        ['max(acteon_job_lag_seconds)', 'the earliest that waits'],
        [quantile(0.99, 'acteon_job_start_lag_seconds'), 'p99 of those that ran'],
      ],
    ],
    ['State operations, p99', 's', [[quantile(0.99, 'acteon_state_operation_seconds', 'operation'), '{{operation}}']]],
  ],
  [
    ['Audit records that wait for their store', 'short', [['max(acteon_outbox)', 'outbox']]],
    [
      'Nodes that differ from another',
      'short',
      [['max by (instance, what) (acteon_differing_nodes)', '{{instance}}: {{what}}']],
    ],
  ],
  [['Event loop, p99 delay', 's', [['max by (instance) (nodejs_eventloop_lag_p99_seconds)', '{{instance}}']]]],
]

/** The dashboard, as Grafana imports it (schema version 39, Grafana 10 and later). */
export function dashboard() {
  const panels = ROWS.flatMap((row, y) =>
    row.map(([title, unit, queries], x) => ({
      id: y * 2 + x + 1,
      type: 'timeseries',
      title,
      datasource: { type: 'prometheus', uid: '${datasource}' },
      gridPos: { h: 8, w: 12, x: x * 12, y: y * 8 },
      fieldConfig: { defaults: { unit, min: 0, custom: { lineWidth: 1, fillOpacity: 10 } }, overrides: [] },
      options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
      targets: queries.map(([expr, legendFormat], i) => ({ refId: String.fromCharCode(65 + i), expr, legendFormat })),
    })),
  )
  const datasource = { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }
  return {
    uid: 'acteon',
    title: 'Acteon',
    tags: ['acteon'],
    schemaVersion: 39,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [datasource] },
    panels,
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync('deploy/grafana-dashboard.json', `${JSON.stringify(dashboard(), null, 2)}\n`)
