import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard, graph, stat, lately, orNone, perSecond, quantile } from './dashboard.js';

const HTTP = 'http_server_request_duration_seconds';
const API = 'http_route=~"/api/.*"';

const failed = orNone(
  perSecond(`${HTTP}_count{${API}, status_class="5xx"}`, 'http_route'),
  perSecond(`${HTTP}_count{${API}}`, 'http_route'),
);

export const overview = dashboard({
  uid: 'shoal-overview',
  title: 'Shoal: overview',
  description: 'Is the cluster healthy? Latency, traffic, errors and saturation, by route and role.',
  rows: {
    Now: [
      stat({
        title: 'Requests that succeed',
        description: 'All but 5xx. When it falls: the row "Errors" shows the route.',
        unit: units.PercentUnit,
        query: `1 - sum(${failed}) / ${perSecond(`${HTTP}_count{${API}}`)}`,
        bad: 0.999,
        below: true,
      }),
      stat({
        title: 'p99 of searches',
        description: 'When it rises: "Where is the time of a search spent?" shows the role.',
        unit: units.Seconds,
        query: quantile(0.99, `${HTTP}{http_route="/api/search"}`),
        bad: 0.25,
      }),
      stat({
        title: 'Coverage of searches',
        description:
          'Share of the documents that were searched. When it falls: a shard does not respond. See the dashboard "scatter and gather".',
        unit: units.PercentUnit,
        query: `${perSecond('shoal_search_documents_searched_total')} / (${perSecond('shoal_search_documents_searched_total')} + ${perSecond('shoal_search_documents_missed_total')})`,
        bad: 0.999,
        below: true,
      }),
      stat({
        title: 'Processes that Prometheus cannot reach',
        description: 'Above 0: `up == 0` lists them. They are down, hang, or are too busy.',
        unit: units.Short,
        query: 'sum(1 - up)',
        bad: 1,
      }),
    ],
    Traffic: [
      graph({
        title: 'How many requests come in?',
        description:
          'Responses of all frontends by route, including rejections; `none` is an unknown route. When one jumps, find the client first, then check the latency.',
        unit: units.RequestsPerSecond,
        queries: {
          '{{http_route}}': perSecond(`${HTTP}_count{http_route!~"/(metrics|healthz|readyz)"}`, 'http_route'),
        },
      }),
      graph({
        title: 'How much work does each role have?',
        description:
          'Each search of a root becomes a query on each shard. More queries per search than before: hedges, retries, or fewer cache hits (dashboard "scatter and gather").',
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
        title: 'How long do responses take?',
        description:
          'p99 by route. The points are traces: click a high one. When one route rises, check its role; when all rise, the row "Saturation".',
        unit: units.Seconds,
        queries: { '{{http_route}}': quantile(0.99, `${HTTP}{${API}}`, 'http_route') },
      }),
      graph({
        title: 'Where is the time of a search spent?',
        description:
          'p99 of each step, from the outside in. The innermost step that rises is the slow one. A queue that rises: that role is overloaded, or one of its processes hangs (dashboard "scatter and gather").',
        unit: units.Seconds,
        queries: {
          'frontend, not in the cache': quantile(0.99, 'shoal_search_duration_seconds{cache="miss"}'),
          root: quantile(0.99, 'shoal_root_request_duration_seconds{kind="search"}'),
          'root, in its queue': quantile(0.99, 'shoal_root_queue_duration_seconds'),
          'leg to a shard': quantile(0.99, 'shoal_root_leg_duration_seconds'),
          'shard, in its queue': quantile(0.99, 'shoal_shard_queue_duration_seconds'),
          'shard, from memory': quantile(0.99, 'shoal_shard_query_duration_seconds{kind="search"}'),
        },
      }),
    ],
    Errors: [
      graph({
        title: 'How fast are the error budgets spent?',
        description:
          'In the last hour, by objective (docs/telemetry.md, "Alerts"): 1 uses up a budget in 30 days, 14.4 pages. Next step: docs/runbooks/ErrorBudgetBurn.md.',
        unit: units.Short,
        queries: { '{{slo}}': 'slo:burn:rate1h' },
      }),
      graph({
        title: 'Which share of the requests fails?',
        description:
          '5xx by route. 503 includes load shedding: compare the next graph. For other failures see the logs of the frontends, and search Jaeger for `error.type=500`.',
        unit: units.PercentUnit,
        queries: { '{{http_route}}': `${failed} / ${perSecond(`${HTTP}_count{${API}}`, 'http_route')}` },
      }),
      graph({
        title: 'Which requests are rejected because of load?',
        description:
          'By admission (503, by kind of traffic), by the rate limit (429), by full queues, or dropped after the deadline. When it rises: more load than the cluster can serve, docs/overload.md. Expired requests alone: a slow role.',
        unit: units.RequestsPerSecond,
        queries: {
          'admission: {{traffic}}': perSecond('shoal_admission_shed_total', 'traffic'),
          'rate limit': perSecond('shoal_rate_limit_rejected_total'),
          'root: queue full': perSecond('shoal_root_rejected_total'),
          'root: expired': perSecond('shoal_root_expired_total'),
          'shard: expired': perSecond('shoal_shard_expired_total'),
        },
      }),
    ],
    Saturation: [
      graph({
        title: 'How full are the frontends?',
        description:
          'Requests in flight as a share of the concurrency limit. At 100 % frontends shed load. The limit of searches shrinks when they take over 150 ms: then find what is slow instead of raising the limit.',
        unit: units.PercentUnit,
        queries: {
          '{{traffic}}': 'max by (traffic) (shoal_admission_in_flight / shoal_admission_limit)',
        },
      }),
      graph({
        title: 'How long are the queues?',
        description:
          'Messages in the fullest queue of each role. Not near 0: this role needs more processes.',
        unit: units.Short,
        queries: { '{{service_name}}': 'max by (service_name) (shoal_queue_messages)' },
      }),
      graph({
        title: 'How late do timers fire?',
        description:
          'p99 of the event loop delay; its resolution is 0.02 s. Above 0.05 s everything in this process is delayed. CPU or garbage collection shows the cause.',
        unit: units.Seconds,
        queries: { '{{service_instance_id}}': 'nodejs_eventloop_lag_p99_seconds' },
      }),
      graph({
        title: 'How much CPU does each process take?',
        description:
          'In cores. A Node process can use little more than 1: near it, the role needs more processes.',
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
          'Resident memory. Shards grow with their documents. Growth without end is a leak, or a queue without a consumer.',
        unit: units.BytesIEC,
        queries: { '{{service_instance_id}}': 'process_resident_memory_bytes{service_name!=""}' },
      }),
      graph({
        title: 'How much time does garbage collection take?',
        description: 'Above 10 %: the heap is too small for the data of the process.',
        unit: units.PercentUnit,
        queries: {
          '{{service_instance_id}}': perSecond('nodejs_gc_duration_seconds_sum', 'service_instance_id'),
        },
      }),
      graph({
        title: 'Which processes restarted?',
        description:
          'Starts in the last ten minutes. For a process that restarts repeatedly, the end of its log gives the reason.',
        unit: units.Short,
        queries: {
          '{{service_instance_id}}': 'changes(process_start_time_seconds{service_name!=""}[10m])',
        },
      }),
      graph({
        title: 'Which connections to NATS were lost?',
        description:
          'Reconnects in the last ten minutes. All processes: NATS restarted. One process: it was too busy to answer pings, or its network failed.',
        unit: units.Short,
        queries: { '{{service_instance_id}}': lately('shoal_nats_reconnects_total', 'service_instance_id') },
      }),
    ],
  },
});
