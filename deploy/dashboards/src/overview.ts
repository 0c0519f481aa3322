import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard } from './dashboard.js';
import { graph, stat } from './panels.js';
import { lately, orNone, perSecond, quantile } from './promql.js';

const HTTP = 'http_server_request_duration_seconds';
const API = 'http_route=~"/api/.*"';

const failed = orNone(
  perSecond(`${HTTP}_count{${API}, status_class="5xx"}`, 'http_route'),
  perSecond(`${HTTP}_count{${API}}`, 'http_route'),
);

export const overview = dashboard({
  uid: 'shoal-overview',
  title: 'Shoal: overview',
  description: 'Is it well? Latency, traffic, errors and saturation, by route and by role.',
  rows: {
    Now: [
      stat({
        title: 'Requests that are answered',
        description: 'All but 5xx. When it falls: the row "Errors" shows which route.',
        unit: units.PercentUnit,
        query: `1 - sum(${failed}) / ${perSecond(`${HTTP}_count{${API}}`)}`,
        bad: 0.999,
        below: true,
      }),
      stat({
        title: 'p99 of searches',
        description: 'When it rises: "Where is the time of a search spent?" shows which role.',
        unit: units.Seconds,
        query: quantile(0.99, `${HTTP}{http_route="/api/search"}`),
        bad: 0.25,
      }),
      stat({
        title: 'Documents that answers speak for',
        description: 'Coverage. When it falls: a shard is silent. See the dashboard "scatter and gather".',
        unit: units.PercentUnit,
        query: `${perSecond('shoal_search_documents_searched_total')} / (${perSecond('shoal_search_documents_searched_total')} + ${perSecond('shoal_search_documents_missed_total')})`,
        bad: 0.999,
        below: true,
      }),
      stat({
        title: 'Processes that do not answer Prometheus',
        description: 'When it is not 0: `up == 0` says which. It is gone, or stands still, or is too busy.',
        unit: units.Short,
        query: 'sum(1 - up)',
        bad: 1,
      }),
    ],
    Traffic: [
      graph({
        title: 'How many requests come in?',
        description:
          'Answers of all frontends by route, refused ones too; `none` is no route of ours. When one jumps: who sends it? Only then look at the latency.',
        unit: units.RequestsPerSecond,
        queries: {
          '{{http_route}}': perSecond(`${HTTP}_count{http_route!~"/(metrics|healthz|readyz)"}`, 'http_route'),
        },
      }),
      graph({
        title: 'How much work does each role have?',
        description:
          'A search asked of a root becomes a query on each shard. When shards have more than before for each search: hedges, retries, or a cache that does not help (dashboard "scatter and gather").',
        unit: units.RequestsPerSecond,
        queries: {
          'roots: requests': perSecond('shoal_root_request_duration_seconds_count'),
          'shards: queries': perSecond('shoal_shard_query_duration_seconds_count'),
          'indexers: records': perSecond('shoal_indexer_sequenced_total'),
        },
      }),
    ],
    Latency: [
      graph({
        title: 'How long do answers take?',
        description:
          'p99 by route. The points are traces: click one that is high. When a route rises alone, look at its role; when all rise, at the row "Saturation".',
        unit: units.Seconds,
        queries: { '{{http_route}}': quantile(0.99, `${HTTP}{${API}}`, 'http_route') },
      }),
      graph({
        title: 'Where is the time of a search spent?',
        description:
          'p99 of each step, from the outside in. The step that rises while those inside of it do not is the one that is slow. A queue that rises: that role has too much to do, or one of its processes stands still (dashboard "scatter and gather").',
        unit: units.Seconds,
        queries: {
          'frontend, not in the cache': quantile(0.99, 'shoal_search_duration_seconds{cache="miss"}'),
          root: quantile(0.99, 'shoal_root_request_duration_seconds{kind="search"}'),
          'root, in its queue': quantile(0.99, 'shoal_root_queue_duration_seconds'),
          'asking a shard': quantile(0.99, 'shoal_root_leg_duration_seconds'),
          'shard, in its queue': quantile(0.99, 'shoal_shard_queue_duration_seconds'),
          'shard, from memory': quantile(0.99, 'shoal_shard_query_duration_seconds{kind="search"}'),
        },
      }),
    ],
    Errors: [
      graph({
        title: 'How fast are the error budgets spent?',
        description:
          'In the last hour, by promise (docs/telemetry.md, "Alerts"): 1 uses up a budget in 30 days, above 14.4 somebody is woken up. What to do then: docs/runbooks/ErrorBudgetBurn.md.',
        unit: units.Short,
        queries: { '{{slo}}': 'slo:burn:rate1h' },
      }),
      graph({
        title: 'Which share of the requests fails?',
        description:
          '5xx by route. 503 is also what is shed: compare the next graph. What else fails says the log of the frontends, and a search in Jaeger for `error.type=500`.',
        unit: units.PercentUnit,
        queries: { '{{http_route}}': `${failed} / ${perSecond(`${HTTP}_count{${API}}`, 'http_route')}` },
      }),
      graph({
        title: 'What is refused as too much?',
        description:
          'By admission (503, by kind of traffic), by the rate limit (429, where one is set), by full queues, and dropped as too late. When it rises: more load than the cluster can carry, docs/overload.md; too late alone: a role is slow.',
        unit: units.RequestsPerSecond,
        queries: {
          'admission: {{traffic}}': perSecond('shoal_admission_shed_total', 'traffic'),
          'rate limit': perSecond('shoal_rate_limit_rejected_total'),
          'root: queue full': perSecond('shoal_root_busy_total'),
          'root: too late': perSecond('shoal_root_expired_total'),
          'shard: too late': perSecond('shoal_shard_expired_total'),
        },
      }),
    ],
    Saturation: [
      graph({
        title: 'How full are the frontends?',
        description:
          'Requests under way of those that may be. At 100 % the rest is shed. The limit of searches falls by itself when they take over 150 ms: then look for what is slow, not for a larger limit.',
        unit: units.PercentUnit,
        queries: {
          '{{traffic}}': 'max by (traffic) (shoal_admission_in_flight / shoal_admission_limit)',
        },
      }),
      graph({
        title: 'What waits in queues?',
        description:
          'Messages in the fullest queue of each role. Not near 0: this role is the one to give more processes.',
        unit: units.Short,
        queries: { '{{service_name}}': 'max by (service_name) (shoal_queue_messages)' },
      }),
      graph({
        title: 'How late do timers come?',
        description:
          'p99 of the event loop, 0.02 s is the step of its clock. Above 0.05 s: all else in this process waits as long. Its CPU or its garbage collection says why.',
        unit: units.Seconds,
        queries: { '{{service_instance_id}}': 'nodejs_eventloop_lag_p99_seconds' },
      }),
      graph({
        title: 'How much CPU does each process take?',
        description:
          'In cores. A process of ours can use little more than 1: near it, the role needs more processes.',
        unit: units.Short,
        queries: {
          '{{service_instance_id}}': perSecond(
            'process_cpu_seconds_total{service_name!=""}',
            'service_instance_id',
          ),
        },
      }),
      graph({
        title: 'How much memory does each process take?',
        description:
          'Resident memory. Shards grow with their documents. One that grows without end has a leak, or a queue that nobody empties.',
        unit: units.BytesIEC,
        queries: { '{{service_instance_id}}': 'process_resident_memory_bytes{service_name!=""}' },
      }),
      graph({
        title: 'Which part of the time is garbage collected?',
        description: 'Above 10 %: the heap is too small for what the process holds.',
        unit: units.PercentUnit,
        queries: {
          '{{service_instance_id}}': perSecond('nodejs_gc_duration_seconds_sum', 'service_instance_id'),
        },
      }),
      graph({
        title: 'What was started again?',
        description:
          'Starts in the last ten minutes. A process that is started again and again says in the end of its log why it ended.',
        unit: units.Short,
        queries: {
          '{{service_instance_id}}': 'changes(process_start_time_seconds{service_name!=""}[10m])',
        },
      }),
      graph({
        title: 'Which connections to NATS were lost?',
        description:
          'Lost and back in the last ten minutes. Of all processes: the broker was restarted. Of one: it was too busy to answer pings, or its network is.',
        unit: units.Short,
        queries: { '{{service_instance_id}}': lately('shoal_nats_reconnects_total', 'service_instance_id') },
      }),
    ],
  },
});
