/** Rule files of the user guide, as they are printed there. */
export const PAGE_FILES: Readonly<Record<string, string>> = {
  'rules/multi_provider.yaml': `rules:
  - name: reroute-high-priority
    priority: 1
    description: "Reroute high-priority notifications to SMS"
    condition:
      field: action.payload.priority
      eq: "urgent"
    action:
      type: reroute
      target_provider: "sms"

  - name: throttle-notifications
    priority: 5
    description: "Throttle notifications to 100 per minute"
    condition:
      field: action.action_type
      eq: "send_notification"
    action:
      type: throttle
      max_count: 100
      window_seconds: 60

  - name: modify-add-tracking
    priority: 10
    description: "Add tracking metadata to all email actions"
    condition:
      field: action.action_type
      eq: "send_email"
    action:
      type: modify
      changes:
        tracking_enabled: true
        source: "acteon-gateway"
`,
  'rules/alert-lifecycle.yaml': `rules:
  - name: alert-state-machine
    priority: 5
    condition:
      field: action.action_type
      eq: "alert"
    action:
      type: state_machine
      state_machine: alert
      fingerprint_fields:
        - action_type
        - metadata.cluster
        - metadata.service

  - name: inhibit-pod-alerts
    priority: 1
    condition:
      all:
        - field: action.action_type
          starts_with: "pod_"
        - call: has_active_event
          args: [cluster_down, action.metadata.cluster]
    action:
      type: suppress
      reason: "Parent cluster is down"
`,
  'rules/grouping.yaml': `rules:
  - name: group-cluster-alerts
    priority: 5
    condition:
      field: action.action_type
      starts_with: "cluster_"
    action:
      type: group
      group_by:
        - metadata.cluster
        - metadata.severity
      group_wait_seconds: 60
      group_interval_seconds: 300
      max_group_size: 100
`,
  'rules/webhook_routing.yaml': `rules:
  - name: reroute-critical-to-webhook
    priority: 1
    description: "Reroute critical alerts to external webhook"
    condition:
      field: action.payload.severity
      eq: "critical"
    action:
      type: reroute
      target_provider: "webhook"

  - name: dedup-webhook-alerts
    priority: 5
    description: "Deduplicate webhook alerts within 5 minutes"
    condition:
      field: action.provider
      eq: "webhook"
    action:
      type: deduplicate
      ttl_seconds: 300
`,
}
