// Made by scripts/client-types.mjs from the API's own description; do not edit.

export interface paths {
  '/admin/circuit-breakers': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Circuit breakers, as this node knows them; 404 when no provider's is enabled */
    get: operations['get_admin_circuit_breakers']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/admin/circuit-breakers/{provider}/reset': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Close a circuit on all nodes */
    post: operations['post_admin_circuit_breakers_provider_reset']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/admin/circuit-breakers/{provider}/trip': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Open a circuit on all nodes, until it is reset */
    post: operations['post_admin_circuit_breakers_provider_trip']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/admin/config': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The configuration that runs, secrets masked */
    get: operations['get_admin_config']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/admin/config/reload': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Reread providers, circuits, templates, secrets and state machines, all or nothing
     * @description As SIGHUP does, on this node. What is under way ends at the provider where it began. When anything is wrong, what runs goes on, and the answer says what is wrong and where.
     */
    post: operations['post_admin_config_reload']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/admin/config/values': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * The configuration that runs, value by value, each with where it came from
     * @description The file with its line, the environment with the names of variables, or the default. Secrets are masked.
     */
    get: operations['get_admin_config_values']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/health': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Health
     * @description With access control on, `status` alone, unless the caller may see what concerns all tenants.
     */
    get: operations['get_health']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/metrics': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Counters, as JSON; Prometheus text when asked for by Accept */
    get: operations['get_metrics']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/metrics/prometheus': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Metrics for Prometheus */
    get: operations['get_metrics_prometheus']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/ready': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Whether it takes dispatches now */
    get: operations['get_ready']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/actions': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Actions; without `q` first the open ones, then those that have their outcome */
    get: operations['get_actions']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/actions/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * An action's story
     * @description What arrived, each rule with the values found, gates, attempts, the outcome, and what happened later.
     */
    get: operations['get_actions_id']
    put?: never
    post?: never
    /** Call off what is queued, parked or scheduled */
    delete: operations['delete_actions_id']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/actions/{id}/rules-behind': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * The rules behind the one that decided, and what they would have made of it
     * @description Of the newest try: the rules that run now, which its record does not tell of, tried on the action as it is on record. What is masked or not on record leaves a result `unknown`, conditions on time look at the time of its arrival, events are as they are now, and functions are not called. Nothing is sent or kept.
     */
    get: operations['get_actions_id_rules_behind']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/analytics': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Volume, outcomes, kinds of actions, durations or errors over hours, days, weeks or months
     * @description Counted as figures are, and widened to whole minutes.
     */
    get: operations['get_analytics']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/attention': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What needs a look, worst first */
    get: operations['get_attention']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/audit': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Records, newest first */
    get: operations['get_audit']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/audit/{action_id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** An action's newest record */
    get: operations['get_audit_action_id']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/audit/{action_id}/replay': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Dispatch a recorded action again, under a new id */
    post: operations['post_audit_action_id_replay']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/audit/replay': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Dispatch every recorded action again that matches
     * @description The filter is in the query. What has no payload any more is skipped.
     */
    post: operations['post_audit_replay']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/auth/entries': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * The users and keys of auth.toml, and what they may do
     * @description Without hashes, or anything else that could be used to come in.
     */
    get: operations['get_auth_entries']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/auth/login': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Log in with name and password
     * @description For a token, or, with `session`, for a cookie that no page can read; then the answer has `csrf_token`, which the page sends as `X-CSRF-Token` with what changes something.
     */
    post: operations['post_auth_login']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/auth/logout': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** End the login that this request came by, on all nodes */
    post: operations['post_auth_logout']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/auth/me': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Who the caller is, and what they may do */
    get: operations['get_auth_me']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/counts': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * How many actions a filter finds, and each of its terms
     * @description With `of` it is about events, groups or dead letters that are there now instead of actions; of events that are over only about those that changed within `from` and `to`.
     */
    get: operations['get_counts']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/dead-letters': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Dead letters, newest first */
    get: operations['get_dead_letters']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/dead-letters/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** A dead letter */
    get: operations['get_dead_letters_id']
    put?: never
    post?: never
    /** Give a dead letter up */
    delete: operations['delete_dead_letters_id']
    options?: never
    head?: never
    /**
     * Mend what a redelivery will send
     * @description A JSON merge patch (RFC 7396) on the payload; null removes a member.
     */
    patch: operations['patch_dead_letters_id']
    trace?: never
  }
  '/v1/dead-letters/{id}/redeliver': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Send a dead letter again, as the next try of its id */
    post: operations['post_dead_letters_id_redeliver']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/dead-letters/redeliver': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Send every dead letter again that matches */
    post: operations['post_dead_letters_redeliver']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/dispatch': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Hand in an action
     * @description Answers with what became of it, a failure included. `Idempotency-Key` is the id when the body has none; `Prefer: respond-async` answers 202 as soon as the action is durable.
     */
    post: operations['post_dispatch']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/dispatch/batch': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Hand in many actions
     * @description Admitted in order, delivered in parallel; each item of the answer belongs to the action at the same place. A refused item does not refuse the others.
     */
    post: operations['post_dispatch_batch']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/dlq/drain': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Export all dead letters and give them up
     * @description They are removed once the answer has left whole; a drain that was cut off can be repeated.
     */
    post: operations['post_dlq_drain']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/dlq/stats': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** How many dead letters there are */
    get: operations['get_dlq_stats']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/events': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Events, newest change first */
    get: operations['get_events']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/events/{fingerprint}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * An event with its history
     * @description Without namespace and tenant: the one that changed last.
     */
    get: operations['get_events_fingerprint']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/events/{fingerprint}/transition': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    /** Move an event by hand */
    put: operations['put_events_fingerprint_transition']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/facets': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * The values that a key has among the actions of a filter, with counts
     * @description With `of` it is about events, groups or dead letters that are there now instead of actions; of events that are over only about those that changed within `from` and `to`.
     */
    get: operations['get_facets']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/figures': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * What became of the actions of a window: totals, time, flow, shares
     * @description The window is widened to whole minutes, which the answer names: the list over the same `from` and `to` has as many as each figure says. `before` is the window of the same length before it. `usual` is the median of the same hours on the last seven days: null for a window of more than a day, for a filter by what the roll-up does not know, and for what has less history.
     */
    get: operations['get_figures']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/groups': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Open groups */
    get: operations['get_groups']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/groups/{group_key}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * A group with its members
     * @description Without namespace and tenant: the one that was opened last.
     */
    get: operations['get_groups_group_key']
    put?: never
    post?: never
    /** Send what a group has collected, now */
    delete: operations['delete_groups_group_key']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/providers': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Providers */
    get: operations['get_providers']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/providers/{name}/check': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Ask whether a provider answers and its credential is good, without sending anything */
    post: operations['post_providers_name_check']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/providers/{name}/deliveries': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What a `log` provider was given last, newest first, masked */
    get: operations['get_providers_name_deliveries']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/providers/{name}/test': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Send one test action straight to a provider
     * @description One attempt, past the rules, without retries and without a record; the log names it.
     */
    post: operations['post_providers_name_test']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/providers/health': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** How each provider does, on this node */
    get: operations['get_providers_health']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/render': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** The message that a provider would make of an action; nothing is sent, and no rule is asked */
    post: operations['post_render']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rule-changes': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Who published or deleted rule files and switched rules, newest first
     * @description As long as records are kept. Files that were changed otherwise are not in it.
     */
    get: operations['get_rule_changes']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rule-changes/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** A change of the rules, with the text of the file before and after */
    get: operations['get_rule_changes_id']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rule-files': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The rule files, without their texts */
    get: operations['get_rule_files']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rule-files/{path}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** A rule file */
    get: operations['get_rule_files_path']
    /**
     * Publish a rule file: all rules together are checked, then it is written and they run
     * @description Needs `[rules] editable = true`. `revision` is that of the text that was edited, null for a new file; 409 when it was changed meanwhile.
     */
    put: operations['put_rule_files_path']
    post?: never
    /**
     * Delete a rule file: the others are checked, then it is gone and they run
     * @description Needs `[rules] editable = true`. `revision` is that of the text as it was read; 409 when it was changed meanwhile. The text stays on record (`GET /v1/rule-changes`).
     */
    delete: operations['delete_rule_files_path']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Rules in the order in which they are looked at
     * @description A list, whole unless a limit is asked for; then the header `Acteon-Next-Cursor` leads on.
     */
    get: operations['get_rules']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/{name}/enabled': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    /** Switch a rule on or off, on all nodes and for good */
    put: operations['put_rules_name_enabled']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/activity': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * How many actions each rule decided, over time
     * @description The window is widened to whole minutes, and told in at most 60 parts.
     */
    get: operations['get_rules_activity']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/check': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * What the rules would be with some files changed: errors with their places, what looks wrong, what differs
     * @description Nothing is written. `text: null` leaves a file out; files that are not named are as they are.
     */
    post: operations['post_rules_check']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/coverage': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Which kinds of actions rules decide, which no rule does, and which rules match nothing */
    get: operations['get_rules_coverage']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/evaluate': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** The playground: every rule, why it matched or not, and the plan; nothing is changed */
    post: operations['post_rules_evaluate']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/format': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Lay a rule file out, with its comments, and without changing what it says
     * @description Nothing is written. What is no YAML of rules is 400, with the places of what is wrong.
     */
    post: operations['post_rules_format']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/new-file': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * What a new rule file would begin with; its name is checked as when it is published
     * @description Nothing is written. 409 when there is such a file already.
     */
    post: operations['post_rules_new_file']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/parts': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * What each part of the conditions of the rules that run came to, for the newest actions of a day
     * @description At most the newest 1,000 of the last 24 h are relived as in a replay, by the engine that decides; `actions` says how many. An answer may be 30 s old.
     */
    get: operations['get_rules_parts']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/reload': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Read the rule files again
     * @description All files together, or none: a failed reload is 400, and what ran goes on.
     */
    post: operations['post_rules_reload']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/replay': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Replay past actions through the rules as they would be; nothing is sent or recorded
     * @description A job of this node, one at a time per caller. Actions are relived in the order in which they were decided about, and on their own times. So are, without being compared, what passed in the time before that rules remember (up to 24 h) and what the filter leaves out, so that keys, counters, groups and events are as they were; up to 50,000 in all.
     */
    post: operations['post_rules_replay']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/replay/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** How far a replay is, and what it found so far */
    get: operations['get_rules_replay_id']
    put?: never
    post?: never
    /** Cancel a replay */
    delete: operations['delete_rules_replay_id']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/replay/{id}/parts': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What each part of the conditions came to in a replay, and under the rules that run */
    get: operations['get_rules_replay_id_parts']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/schema': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Rule files as JSON Schema, for editors
     * @description Names, values and what they mean. More is checked when files are loaded.
     */
    get: operations['get_rules_schema']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rules/status': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Which rules run, what is wrong with the files, and what the lint found */
    get: operations['get_rules_status']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/stream': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * All that happens, on every node
     * @description Server-sent events. Each has an `id`, an `event` (its type) and `data` (JSON on one line). `Last-Event-ID` goes on after that one, without gap or double; what is no longer kept is told by `event: lagged`. A comment every 15 s.
     */
    get: operations['get_stream']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/stream/live': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * What a page shows: counts each second, what passes its filter in a line each, and gaps
     * @description Server-sent events of four kinds: `counts` (LiveCounts), `action` (ActionRow: what passes the filter, at most 20 a second), `patch` (LivePatch: what became later of an action that was told of) and `gap` (LiveGap: how many that pass were left out). They have no ids and cannot be resumed.
     */
    get: operations['get_stream_live']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/subscribe/{kind}/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * What happens to one action, group or chain, what happened first
     * @description Server-sent events. Each has an `id`, an `event` (its type) and `data` (JSON on one line). `Last-Event-ID` goes on after that one, without gap or double; what is no longer kept is told by `event: lagged`. A comment every 15 s.
     */
    get: operations['get_subscribe_kind_id']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
}
export type webhooks = Record<string, never>
export interface components {
  schemas: {
    /** AccessEntries */
    AccessEntries: {
      entries: components['schemas']['AccessEntry'][]
      problem: string | null
    }
    /** AccessEntry */
    AccessEntry: {
      /** @description Its time is over: it is known, and refused. */
      expired: boolean
      expires_at: string | null
      grants: {
        actions: string[]
        namespaces: string[]
        providers: string[]
        tenants: string[]
      }[]
      /** @enum {unknown} */
      kind: 'user' | 'api_key'
      /** @description As records have it in `caller_id`. */
      name: string
      rate_limit: {
        requests: number
        window_seconds: number
      } | null
      /** @enum {unknown} */
      role: 'viewer' | 'operator' | 'admin'
    }
    /**
     * Action
     * @description A request: send this email, raise this alert.
     */
    Action: {
      /** @description What kind of action it is, such as `send_email`. */
      action_type: string
      attachments?: components['schemas']['Attachment'][] | null
      created_at?: string | null
      dedup_key?: string | null
      ends_at?: string | null
      fingerprint?: string | null
      id?: string | null
      metadata?: {
        [key: string]:
          | (string | number | boolean | null)
          | {
              [key: string]: string | number | boolean | null
            }
      } | null
      /** @description What the action belongs to, within the tenant. */
      namespace: string
      /** @description Any JSON; `{}` when absent. */
      payload?: unknown
      /** @description The provider that shall carry it out, by its configured name. */
      provider: string
      starts_at?: string | null
      status?: string | null
      template?: string | null
      /** @description Whose action it is. Tenants nest with dots: `acme.us-east` is a child of `acme`. */
      tenant: string
      trace_context?: {
        [key: string]: string
      } | null
    }
    /** ActionList */
    ActionList: {
      /** @description Empty when a filter text (`q`) was given; then see `rows`. */
      actions: components['schemas']['ActionSummary'][]
      /** @description How many this page has. */
      count: number
      next_cursor?: string
      rows?: components['schemas']['ActionRow'][]
      total?: number | null
    }
    /** ActionRow */
    ActionRow: {
      /** @description When it arrived; Unix milliseconds. */
      at: number
      id: string
      ns: string
      /** @description Its word; `open` while it has none. */
      outcome: string
      /** @description The one that took it, else the one that it was planned for. */
      provider: string
      /** @description Why, in words, as far as the outcome itself says it; cut. */
      reason?: string
      /** @enum {unknown} */
      result: 'delivered' | 'held back' | 'waiting' | 'broken'
      rule: string | null
      /** @description What it is about: the first of summary, title, subject, message, service; cut. */
      subject?: string
      tenant: string
      /** @description Milliseconds. */
      took?: number
      type: string
      /** @description Whom it was for, when it is another: the planned one, or whom the action named. */
      wanted?: string
    }
    /** ActionSummary */
    ActionSummary: {
      action_id: string
      action_type: string
      completed_at: string | null
      delivered_by: string | null
      /** Format: date-time */
      dispatched_at: string
      due_at: string | null
      matched_rule: string | null
      namespace: string
      outcome: string | null
      /** @description The planned one. */
      provider: string
      reason: string | null
      result: ('delivered' | 'held back' | 'waiting' | 'broken') | null
      /** @enum {unknown} */
      status: 'running' | 'queued' | 'parked' | 'scheduled' | 'settled'
      tenant: string
      try: number
      verdict: string | null
    }
    /** Analytics */
    Analytics: {
      /** @description Oldest first; those in which something arrived. */
      buckets: {
        avg_duration_ms?: number
        count: number
        /** @description 0 to 1: what became broken, of all. */
        error_rate?: number
        /** @description `(other)`: what is beyond the `top_n` heaviest. */
        group?: string
        /** @description The upper bound of a bucket of durations; absent: longer than 30 s. */
        p50_duration_ms?: number
        p95_duration_ms?: number
        p99_duration_ms?: number
        /**
         * Format: date-time
         * @description Where its hour, day, week or month begins.
         */
        timestamp: string
      }[]
      /** Format: date-time */
      from: string
      /** @enum {unknown} */
      interval: 'hourly' | 'daily' | 'weekly' | 'monthly'
      /** @enum {unknown} */
      metric: 'volume' | 'outcome_breakdown' | 'top_action_types' | 'latency' | 'error_rate'
      /** Format: date-time */
      to: string
      top_entries?: {
        count: number
        label: string
        /** @description 0 to 100, of all. */
        percentage: number
      }[]
      total_count: number
    }
    /** Attachment */
    Attachment: {
      content_type: string
      data_base64: string
      filename: string
      id: string
      name: string
    }
    /** Attention */
    Attention: {
      /** Format: date-time */
      at: string
      /** @description Active events that nobody moved since they opened, or only time did; providers that are not up, on this node (null: you may not see them); dead letters. */
      counts: {
        dead_letters: components['schemas']['Upto']
        events: components['schemas']['Upto']
        providers: components['schemas']['Upto'] | null
      }
      /** @description Worst first, at most 20. */
      items: {
        count: number | null
        detail: string | null
        /** @enum {unknown} */
        kind: 'circuit' | 'provider' | 'health' | 'dead_letters' | 'broken' | 'reload' | 'events' | 'timeouts' | 'rule'
        /** @description Where it is looked at. */
        link: {
          /** @description Of dead letters: their error code. */
          code?: string
          /** Format: date-time */
          from?: string
          /** @description The provider or rule that it is about. */
          item?: string
          /** @enum {unknown} */
          page: 'actions' | 'providers' | 'dead-letters' | 'events' | 'rules' | 'settings'
          /** @description The filter of the list behind it. */
          q?: string
          /** Format: date-time */
          to?: string
        }
        sentence: string
        /** @enum {unknown} */
        severity: 'broken' | 'waiting' | 'held back'
        since: string | null
      }[]
      last_broken: string | null
    }
    /** AuditList */
    AuditList: {
      limit: number
      next_cursor?: string
      offset: number
      records: components['schemas']['AuditRecord'][]
      /**
       * Format: date-time
       * @description How far back a query that hit its bound has looked.
       */
      scanned_to?: string
      total: number | null
    }
    /** AuditRecord */
    AuditRecord: {
      action_id: string
      action_payload: unknown
      action_type: string
      auth_method: string
      caller_id: string
      canonical_hash: string | null
      chain_id: string | null
      completed_at: string
      /** @description The provider that took it: `provider`, or the fallback that stood in for it. null: none did. */
      delivered_by: string | null
      dispatched_at: string
      durability: string
      duration_ms: number
      expires_at: string | null
      id: string
      kid: string | null
      kind: 'dispatch' | 'flush' | 'notification' | 'schedule' | 'transition' | 'dead_letter' | 'system'
      matched_rule: string | null
      matched_rules: string[]
      metadata: {
        [key: string]: string
      }
      namespace: string
      node: string
      outcome: string
      outcome_details: unknown
      previous_hash: string | null
      provider: string
      record_hash: string | null
      rules_version: string
      sequence_number: number | null
      signature: string | null
      signer_id: string | null
      tenant: string
      trace: components['schemas']['Trace']
      trace_id: string | null
      try: number
      verdict: string
      verdict_details: unknown
    }
    /** BatchItem */
    BatchItem:
      | components['schemas']['Outcome']
      | {
          error: {
            code: string
            message: string
            retryable: boolean
          }
        }
    /** BulkRedelivered */
    BulkRedelivered: {
      failed: number
      /** @description Left where they are, because `worthwhile` was asked for. */
      left: number
      redelivered: number
      refused: number
      results: {
        action_id: string
        error?: {
          code: string
          message: string
          retryable: boolean
        }
        id: string
        outcome?: components['schemas']['Outcome']
      }[]
    }
    /** BulkRedeliverRequest */
    BulkRedeliverRequest: {
      action_type?: string | null
      code?: string | null
      force?: boolean | null
      from?: string | null
      ids?: string[] | null
      limit?: number | null
      namespace?: string | null
      provider?: string | null
      q?: string | null
      renew_key?: boolean | null
      tenant?: string | null
      to?: string | null
      worthwhile?: boolean | null
    }
    /** BulkReplay */
    BulkReplay: {
      failed: number
      replayed: number
      results: components['schemas']['Replay'][]
      skipped: number
    }
    /** ChipCounts */
    ChipCounts: {
      all: number | null
      /** @description In the order of the filter. */
      chips: {
        alone: number | null
        /** @description The term as it is written. */
        text: string
        without: number | null
      }[]
      scanned_to: string | null
      total: number | null
    }
    /** CircuitBreaker */
    CircuitBreaker: {
      /** @description Of this node, within the window. */
      calls: number
      /** @description The node or the caller that changed it. */
      changed_by: string
      failure_share: number
      /** @description The fewest failures that open it: of `minimum_calls` calls. */
      failure_threshold: number
      failures: number
      fallback_chain: string[]
      fallback_provider?: string
      minimum_calls: number
      provider: string
      reason: 'failures' | 'probe' | 'by_hand'
      recovery_timeout_seconds: number
      /** Format: date-time */
      since: string
      state: 'closed' | 'open' | 'half_open'
      /** @description Calls that must succeed to close it again: always 1. */
      success_threshold: number
      /**
       * Format: date-time
       * @description Until when every call is refused; while half open, until when the one that tries may take.
       */
      until?: string
      window_seconds: number
    }
    /** CircuitBreakerChange */
    CircuitBreakerChange: {
      message: string
      provider: string
      state: 'closed' | 'open' | 'half_open'
    }
    /** CircuitBreakerList */
    CircuitBreakerList: {
      circuit_breakers: components['schemas']['CircuitBreaker'][]
    }
    /** ConfigValue */
    ConfigValue: {
      /**
       * @description `environment`: from a variable, be it `ACTEON_SECTION__KEY` or one that the file names as `${NAME}`; `program`: from the program that started the server, set or left to its default.
       * @enum {unknown}
       */
      from: 'file' | 'environment' | 'default' | 'program'
      /** @description Such as `server.port` or `providers[0].url`. */
      key: string
      /** @description Where it is written in the file; absent: it is not in the file. */
      line?: number
      /**
       * @description It was changed since, and what it was changed to holds after a restart.
       * @enum {boolean}
       */
      needs_restart?: true
      /**
       * @description It, or a part of it, was sealed: `ENC[…]`.
       * @enum {boolean}
       */
      sealed?: true
      /** @description As `/admin/config` shows it: secrets are masked. */
      value: unknown
      /** @description The variables that gave the value, or parts of it. */
      variables?: string[]
    }
    /**
     * ConfigValues
     * @description The configuration, value by value. `file` is as it was named at the start; null: none was read.
     */
    ConfigValues: {
      file: string | null
      values: components['schemas']['ConfigValue'][]
    }
    /**
     * Counters
     * @description What this node has done since it started.
     */
    Counters: {
      circuit_open: number
      circuit_transitions: number
      deduplicated: number
      dispatched: number
      executed: number
      failed: number
      grouped: number
      rerouted: number
      scheduled: number
      state_changed: number
      suppressed: number
      throttled: number
    }
    /** DeadLetter */
    DeadLetter: {
      action_id: string
      action_type: string
      attempt_list: components['schemas']['TraceAttempt'][]
      attempts: number
      code: string
      /** Format: date-time */
      created_at: string
      delivered_since: {
        action_id: string
        /** Format: date-time */
        at: string
        provider: string
      } | null
      duplicates: {
        count: number
        last: string[]
      }
      error: string
      id: string
      lane: string | null
      metadata: {
        [key: string]: string
      }
      namespace: string
      origin: string
      past_use_since: string | null
      payload: unknown
      provider: string
      subject: string | null
      tenant: string
      /** @description Unix seconds. */
      timestamp: number
      try: number
      version: number
    }
    /** DeadLetterList */
    DeadLetterList: {
      count: number
      dead_letters: components['schemas']['DeadLetter'][]
      next_cursor?: string
    }
    /** DeadLetterPatch */
    DeadLetterPatch: {
      payload: unknown
    }
    /** DeadLetterStats */
    DeadLetterStats: {
      count: number
      enabled: boolean
    }
    /** Delivery */
    Delivery: {
      action_id: string
      action_type: string
      /** Format: date-time */
      at: string
      attempt: number
      event?: unknown
      idempotency_key: string
      metadata: {
        [key: string]: string
      }
      namespace: string
      payload: unknown
      tenant: string
    }
    /** DeliveryList */
    DeliveryList: {
      count: number
      deliveries: components['schemas']['Delivery'][]
    }
    /** DifferingNode */
    DifferingNode: {
      node: string
      /** Format: date-time */
      since: string
    }
    /** Drained */
    Drained: {
      count: number
      entries: components['schemas']['DrainedLetter'][]
    }
    /** DrainedLetter */
    DrainedLetter: {
      action_id: string
      action_type: string
      attempts: number
      error: string
      namespace: string
      provider: string
      tenant: string
      /** @description Unix seconds. */
      timestamp: number
    }
    /** Duration */
    Duration: {
      nanos: number
      secs: number
    }
    /**
     * Error
     * @description The body of every error answer, on every path. Details may stand beside these four.
     */
    Error: {
      /** @description One of INVALID_JSON, INVALID_ACTION, INVALID_REQUEST, TOO_DEEP, UNAUTHENTICATED, FORBIDDEN, CROSS_SITE, NOT_FOUND, METHOD_NOT_ALLOWED, TRANSITION_NOT_ALLOWED, AMBIGUOUS, IN_PROGRESS, CONFLICT, SUPERSEDED, HELD_BY_OTHER, TOO_LARGE, HEADERS_TOO_LARGE, REQUEST_TIMEOUT, UNSUPPORTED_ENCODING, ID_REUSED, PAYLOAD_NOT_KEPT, RATE_EXCEEDED, LIMIT_REACHED, TOO_MANY_STREAMS, NOT_IMPLEMENTED, STATE_UNAVAILABLE, UNKNOWN_IF_ACCEPTED, AUDIT_BACKLOG, PROVIDER_BUSY, OVERLOADED, DRAINING, SEAL_FAILED, SEALED_UNREADABLE, INTERNAL, PROVIDER_ERROR, PROVIDER_REJECTED, ADDRESS_NOT_ALLOWED, INVALID_HEADER, PROVIDER_NOT_FOUND, PROVIDER_CONFIGURATION, RATE_LIMITED, TIMEOUT, CONNECTION_FAILED, TEMPLATE_NOT_FOUND, TEMPLATE_ERROR, CIRCUIT_OPEN, RULE_ERROR, INVALID_STATUS, EVENT_OF_OTHER_MACHINE, OUTCOME_UNKNOWN, EXPIRED, CANCELLED, CONFIG_INVALID, RULES_INVALID, TEMPLATES_INVALID, DATA_DIRECTORY_IN_USE, DATA_DAMAGED. */
      code: string
      /** @description The sentence, for people. */
      error: string
      /** @description The same sentence. */
      message: string
      /** @description Whether the same request may succeed later. */
      retryable: boolean
    }
    /** EvaluateAnswer */
    EvaluateAnswer: {
      context: {
        accessed_state_keys?: string[]
        effective_timezone?: string
        environment_keys: string[]
        time: {
          [key: string]: unknown
        }
      }
      evaluation_duration_us: number
      has_errors: boolean
      matched_rule?: string
      matched_rules: string[]
      modified_payload?: unknown
      plan: {
        ending: string | null
        gates: {
          describes: string
          rule: string
          verdict: string
        }[]
        outcome?: unknown
        provider: string
      }
      rules_version: string
      total_rules_evaluated: number
      total_rules_skipped: number
      trace: {
        action: string
        condition_display: string
        description?: string
        enabled: boolean
        error?: string
        evaluation_duration_us: number
        modified_payload_preview?: unknown
        modify_patch?: unknown
        note?: string
        parts?: components['schemas']['TracePart'][]
        priority: number
        /** @enum {unknown} */
        result: 'matched' | 'not_matched' | 'skipped' | 'error'
        rule_name: string
        skip_reason?: string
        source: string
      }[]
      verdict: string
    }
    /** EvaluateRequest */
    EvaluateRequest: {
      /** @description As on an action. */
      action_type: string
      dedup_key?: string | null
      /** @description Rules after the one that closed the plan are tried too. */
      evaluate_all?: boolean
      /** @description The moment; now when absent. */
      evaluate_at?: string | null
      /** @description Rule files that differ from those that run; for whoever may see all tenants. */
      files?: components['schemas']['RuleFileChange'][]
      fingerprint?: string | null
      id?: string | null
      /** @description Disabled rules are looked at as if they were not. */
      include_disabled?: boolean
      metadata?: {
        [key: string]:
          | (string | number | boolean | null)
          | {
              [key: string]: string | number | boolean | null
            }
      } | null
      /** @description What conditions find in state instead of what is there: `event:TYPE`, `event:TYPE:VALUE` or `event:TYPE:LABEL=VALUE` → `true` or `false`; `state:FINGERPRINT` → a state, or empty for none. */
      mock_state?: {
        [key: string]: string
      }
      /** @description As on an action. */
      namespace: string
      payload?: unknown
      /** @description As on an action. */
      provider: string
      status?: string | null
      /** @description As on an action. */
      tenant: string
    }
    /** Event */
    Event: {
      action_type: string | null
      active: boolean
      changed_by: string
      count: number
      fingerprint: string
      labels: {
        [key: string]: string
      }
      last_action_id: string
      /** Format: date-time */
      last_seen_at: string
      namespace: string
      next_timeout: {
        /** Format: date-time */
        at: string
        to: string
      } | null
      notified_count: number
      occurrence: number
      /** Format: date-time */
      opened_at: string
      provider: string
      severity: string | null
      state: string
      state_machine: string
      tenant: string
      updated_at: string | null
      version: number
    }
    /** EventList */
    EventList: {
      count: number
      events: components['schemas']['Event'][]
      next_cursor?: string
    }
    /** EventWithHistory */
    EventWithHistory: {
      action_type: string | null
      active: boolean
      changed_by: string
      count: number
      fingerprint: string
      history: components['schemas']['HistoryEntry'][]
      labels: {
        [key: string]: string
      }
      last_action_id: string
      /** Format: date-time */
      last_seen_at: string
      namespace: string
      next_timeout: {
        /** Format: date-time */
        at: string
        to: string
      } | null
      notified_count: number
      occurrence: number
      /** Format: date-time */
      opened_at: string
      provider: string
      severity: string | null
      state: string
      state_machine: string
      tenant: string
      updated_at: string | null
      version: number
    }
    /** Facets */
    Facets: {
      key: string
      more: boolean
      scanned_to: string | null
      /** @description At most 20, weightiest first. */
      values: {
        count: number
        value: string
      }[]
    }
    /** Figures */
    Figures: {
      before: components['schemas']['Totals'] | null
      bucket_minutes: number
      /** @description Those in which something arrived. */
      buckets: {
        /** Format: date-time */
        at: string
        results: components['schemas']['ResultCounts']
      }[]
      /** @description Weightiest first; the counts add up to `now.total`. What went only in the window before has the count 0. */
      flow: {
        action_type: string | null
        before: number | null
        count: number
        /** @description The rule stands for several that are too few to be told apart. */
        other_rules: boolean
        outcome: string
        provider: string | null
        /** @enum {unknown} */
        result: 'delivered' | 'held back' | 'waiting' | 'broken'
        rule: string | null
      }[]
      /** Format: date-time */
      from: string
      now: components['schemas']['Totals']
      providers: components['schemas']['Share'][]
      rules: components['schemas']['Share'][]
      scanned_to: string | null
      /** Format: date-time */
      to: string
      usual: components['schemas']['UsualTotals'] | null
    }
    /** Flushed */
    Flushed: {
      event_count: number
      group_id: string
      group_key: string
      notified: boolean
      /** @enum {string} */
      status: 'flushed'
    }
    /** Group */
    Group: {
      action_type: string
      /** Format: date-time */
      created_at: string
      event_count: number
      generation: number
      group_id: string
      group_key: string
      labels: {
        [key: string]: unknown
      }
      namespace: string
      /** Format: date-time */
      notify_at: string
      provider: string
      rule: string
      /** @enum {unknown} */
      state: 'pending' | 'notified' | 'resolved'
      tenant: string
    }
    /** GroupDetail */
    GroupDetail: {
      /** @description The ids of the members. */
      events: string[]
      group: components['schemas']['Group']
      labels: {
        [key: string]: unknown
      }
      /** @description The members in full, masked. */
      members: unknown[]
      /** @description What each of them is about, from its payload. */
      subjects: (string | null)[]
    }
    /** GroupList */
    GroupList: {
      groups: components['schemas']['Group'][]
      next_cursor?: string
      total: number
    }
    /** Health */
    Health: {
      access: {
        /** @description Nodes on the same state that know other users and keys than this one. */
        differing_nodes: components['schemas']['DifferingNode'][]
      }
      configuration: {
        /** @description Nodes on the same state whose providers, circuits or state machines are configured otherwise than here. Secrets are not compared. */
        differing_nodes: components['schemas']['DifferingNode'][]
      }
      durability: {
        class: string
        degraded: boolean
        says: string
      }
      metrics: components['schemas']['Counters']
      node: string
      nodes: {
        alive: boolean
        node: string
      }[]
      ready: boolean
      reasons: string[]
      rules: components['schemas']['RulesStatus']
      /** @description Whether payloads and labels are sealed where they are stored; the names of keys, not the keys. */
      sealing: {
        enabled: boolean
        key: string | null
        older: string[]
      }
      status: 'ok' | 'degraded'
      version: string
    }
    /** HistoryEntry */
    HistoryEntry: {
      /** Format: date-time */
      at: string
      by: {
        action?: string
        caller?: string
        comment?: string
        timeout?: string
      }
      from: string | null
      occurrence: number
      to: string
      version: number
    }
    /**
     * JournalEntry
     * @description What the state store keeps of an action while it is open or its id is kept.
     */
    JournalEntry: {
      action: unknown
      attempts: components['schemas']['TraceAttempt'][]
      /** Format: date-time */
      dispatched_at: string
      due_at: string | null
      lane: string | null
      origin: string | null
      outcome: components['schemas']['Outcome'] | null
      plan: {
        action: unknown
        matched_rule: string | null
        matched_rules: string[]
        original_provider: string
        rules_version: string
        trace: components['schemas']['Trace']
        verdict: string
      } | null
      settled_at: string | null
      /** @enum {unknown} */
      status: 'running' | 'queued' | 'parked' | 'scheduled' | 'settled'
      takeovers: number
      try: number
    }
    /** LiveCounts */
    LiveCounts: {
      /** Format: date-time */
      at: string
      flows: {
        action_type: string
        count: number
        outcome: string
        provider: string
        /** @description The deciding rule; null: none. */
        rule: string | null
      }[]
      /** @description How many of them pass the filter text; null: not all could be looked at. */
      matched: number | null
      outcomes: {
        [key: string]: number
      }
      seconds: number
    }
    /** LiveGap */
    LiveGap: {
      /** Format: date-time */
      at: string
      /** @description null: nobody knows how many. */
      skipped: number | null
    }
    /** LivePatch */
    LivePatch: {
      action_id: string
      /** Format: date-time */
      at: string
      /**
       * @description A next try has its outcome; or its group, its notification or what it had scheduled.
       * @enum {unknown}
       */
      by: 'try' | 'group' | 'notification' | 'schedule'
      /** @description The position of its frame. */
      id: string
      namespace: string
      outcome: string
      provider: string
      reason: string | null
      /** @enum {unknown} */
      result: 'delivered' | 'held back' | 'waiting' | 'broken'
      tenant: string
    }
    /** LoggedIn */
    LoggedIn: {
      /** @description Of a session. */
      csrf_token?: string
      /** @description Seconds. */
      expires_in: number
      /** @description Absent when a session was asked for. */
      token?: string
    }
    /** LoggedOut */
    LoggedOut: {
      /** @enum {string} */
      status: 'logged_out'
    }
    /** LoginBody */
    LoginBody: {
      password: string
      session?: boolean
      username: string
    }
    /** Me */
    Me: {
      /** @enum {unknown} */
      auth_method: 'none' | 'api_key' | 'jwt' | 'session'
      caller_id: string
      /** @description Of a session: sent as X-CSRF-Token with every change. */
      csrf_token?: string
      /** @description Whether all tenants and namespaces are covered. */
      everywhere: boolean
      expires_at: string | null
      grants: {
        actions: string[]
        namespaces: string[]
        providers: string[]
        tenants: string[]
      }[]
      rate_limit: {
        requests: number
        window_seconds: number
      } | null
      /** @enum {unknown} */
      role: 'viewer' | 'operator' | 'admin'
    }
    /** NewRuleFile */
    NewRuleFile: {
      /** @description `[rules] editable`. */
      editable: boolean
      path: string
      /** @description One rule, explained, that is off. */
      text: string
    }
    /** NewRuleFileRequest */
    NewRuleFileRequest: {
      /** @description Relative to the rules directory; without an ending, `.yaml` is meant. */
      path: string
    }
    /**
     * Outcome
     * @description What became of an action: an object whose one key is the kind of outcome, or the bare word `"Deduplicated"`. Each object inside may carry `action_id`.
     */
    Outcome:
      | 'Deduplicated'
      | {
          Executed: components['schemas']['ProviderResponse']
        }
      | {
          Deduplicated: null
        }
      | {
          Suppressed: {
            reason?: string
            rule: string
          }
        }
      | {
          Rerouted: {
            new_provider: string
            original_provider: string
            response: components['schemas']['ProviderResponse']
          }
        }
      | {
          Throttled: {
            message?: string
            retry_after: components['schemas']['Duration']
            rule: string
          }
        }
      | {
          Failed: {
            allowed?: string[]
            attempts: number
            code: string
            message: string
            /** Format: date-time */
            next_attempt_at?: string
            retryable: boolean
            retrying?: boolean
            suggestion?: string
          }
        }
      | {
          Grouped: {
            group_id: string
            group_key: string
            group_size: number
            /** Format: date-time */
            notify_at: string
          }
        }
      | {
          StateChanged: {
            fingerprint: string
            new_state: string
            notify: boolean
            occurrence?: number
            previous_state: string | null
            state_machine?: string
            version?: number
          }
        }
      | {
          Silenced: {
            matched_rule: string | null
            silence_id: string
          }
        }
      | {
          Muted: {
            interval: string
            matched_rule?: string
            reason: string
          }
        }
      | {
          QuotaExceeded: {
            limit: number
            overage_behavior: string
            tenant: string
            used: number
          }
        }
      | {
          CircuitOpen: {
            fallback_chain: string[]
            provider: string
          }
        }
      | {
          Scheduled: {
            action_id: string
            /** Format: date-time */
            scheduled_for: string
          }
        }
      | {
          RecurringCreated: {
            cron_expr: string
            next_execution_at: string | null
            recurring_id: string
          }
        }
      | {
          PendingApproval: {
            approval_id: string
            approve_url: string
            /** Format: date-time */
            expires_at: string
            notification_sent: boolean
            reject_url: string
          }
        }
      | {
          ChainStarted: {
            chain_id: string
            chain_name: string
            first_step: string
            total_steps: number
          }
        }
      | {
          DryRun: {
            gates: {
              rule: string
              would: 'pass' | 'refuse'
            }[]
            matched_rule: string | null
            matched_rules: string[]
            payload: unknown
            trace?: unknown
            verdict: string
            would_be_provider: string
          }
        }
    /** Provider */
    Provider: {
      can_check: boolean
      keeps_deliveries: boolean
      name: string
      type: string
    }
    /** ProviderCheck */
    ProviderCheck: {
      code?: string
      duration_ms: number
      error?: string
      healthy: boolean
      provider: string
    }
    /**
     * ProviderHealth
     * @description As this node sees it, since it started. What became of the actions of a window, on all nodes, is in `GET /v1/figures`.
     */
    ProviderHealth: {
      avg_latency_ms: number
      /** @description How many calls the latencies are of: the last ones, at most 1,000. */
      calls_kept: number
      circuit_breaker_state?: 'closed' | 'open' | 'half_open'
      failures: number
      health_check_error?: string
      healthy: boolean
      last_error?: string
      /** @description Unix milliseconds. */
      last_request_at?: number
      /** @description As many calls are under way at the most. */
      max_concurrent: number
      /** @description As many wait at the most; more are refused. */
      max_queue: number
      p50_latency_ms: number
      p95_latency_ms: number
      p99_latency_ms: number
      provider: string
      rate_limit: number | null
      /** @description Calls under way. */
      running: number
      /** @description 0 to 100. */
      success_rate: number
      successes: number
      total_requests: number
      /** @description Actions that wait for a call, or for the time of the next one. */
      waiting: number
    }
    /** ProviderHealthList */
    ProviderHealthList: {
      providers: components['schemas']['ProviderHealth'][]
    }
    /** ProviderList */
    ProviderList: {
      count: number
      providers: components['schemas']['Provider'][]
    }
    /** ProviderResponse */
    ProviderResponse: {
      body: {
        [key: string]: unknown
      } | null
      headers: {
        [key: string]: string
      }
      status: 'success' | 'failure' | 'partial'
    }
    /** ProviderTest */
    ProviderTest: {
      action_id: string
      code?: string
      duration_ms: number
      error?: string
      excerpt?: string
      provider: string
      response?: unknown
      status?: number
      success: boolean
    }
    /** ProviderTestRequest */
    ProviderTestRequest: {
      action_type?: string | null
      namespace?: string | null
      payload?: unknown
      tenant?: string | null
    }
    /** Published */
    Published: {
      file: {
        path: string
        /** @description Changes with every change of the text. */
        revision: string
        text: string
      }
      loaded: number
      /** @description Of the rules that run now. */
      version: string
    }
    /** PublishRequest */
    PublishRequest: {
      /** @description Why; kept on record. */
      message?: string
      revision: string | null
      text: string
    }
    /** RedeliverRequest */
    RedeliverRequest: {
      force?: boolean | null
      renew_key?: boolean | null
    }
    /** Reloaded */
    Reloaded: {
      directory: string
      errors: string[]
      loaded: number
      reloaded: number
    }
    /** ReloadResult */
    ReloadResult: {
      /** @description Keys that were changed and hold only after a restart, such as `server.port`. */
      needs_restart: string[]
      providers: {
        added: string[]
        changed: string[]
        removed: string[]
        total: number
      }
      /** @enum {boolean} */
      reloaded: true
      state_machines: {
        added: string[]
        changed: string[]
        removed: string[]
        total: number
      }
      /** @description How many template files there are. */
      templates: number
    }
    /** Rendered */
    Rendered: {
      /** @description In the form of the service that gets it. */
      content: unknown
      /** @description Why a template that applies was not used. */
      problem: string | null
      provider: string
      /** @description The files that made it; empty: built in. */
      templates: string[]
      /** @enum {unknown} */
      type: 'slack' | 'email' | 'discord' | 'teams' | 'pagerduty' | 'twilio' | 'webhook' | 'log'
    }
    /** RenderRequest */
    RenderRequest: {
      action: components['schemas']['Action']
      /** @description A provider's name, or a type of provider; the action's own when absent. */
      provider?: string
    }
    /** Replay */
    Replay: {
      error: string | null
      new_action_id: string
      original_action_id: string
      success: boolean
    }
    /** ReplayJob */
    ReplayJob: {
      /** @description Actions that are relived besides and not compared, so that keys, counters, groups and events are as they were: what passed in the time before the window that rules remember, and what the filter leaves out. */
      besides: number
      besides_from: string | null
      cannot_know: {
        count: number | null
        what: string
      }[]
      /** @description How many would end differently. */
      different: number
      /** @description The first 200, and of each cell of the matrix the first 20. */
      differing: {
        action_id: string
        action_type: string
        /** Format: date-time */
        at: string
        namespace: string
        new: {
          outcome: string
          provider: string
          rule: string | null
        }
        real: {
          outcome: string
          provider: string
          rule: string | null
        }
        tenant: string
        why: string
      }[]
      /** @description Actions that were replayed and compared. */
      done: number
      /** @description Of those: sent before and after, by another provider. */
      elsewhere: number
      error: string | null
      id: string
      /** @description Words of outcomes: what became of it, what would have; the counts add up to `done`. */
      matrix: {
        count: number
        new: string
        /** @description Of those: at another provider, where the outcome is the same. */
        provider_only: number
        real: string
      }[]
      /** @description Of those: with the same outcome, at another provider. */
      provider_only: number
      /** @description How many each rule decided, and would have; those that differ first. */
      rules: {
        name: string
        new: number
        real: number
      }[]
      rules_version: string
      sentence: string
      /** Format: date-time */
      started_at: string
      /** @enum {unknown} */
      status: 'gathering' | 'running' | 'done' | 'cancelled' | 'failed'
      /** @description How many tenants have actions that would end differently. */
      tenants: number
      total: number | null
    }
    /** ReplayRequest */
    ReplayRequest: {
      /** @description What differs from the files as they are. */
      files: components['schemas']['RuleFileChange'][]
      from?: string | null
      limit?: number | null
      namespace?: string | null
      q?: string | null
      tenant?: string | null
      to?: string | null
    }
    /** ResultCounts */
    ResultCounts: {
      broken: number
      delivered: number
      'held back': number
      waiting: number
    }
    /** Rule */
    Rule: {
      /** @description In one line, as a person reads it. */
      condition: string
      description: string | null
      enabled: boolean
      file: string
      finding: {
        message: string
        shadowed_by: string | null
      } | null
      line: number
      name: string
      priority: number
      switched: boolean | null
      verdict: string
    }
    /** RuleActivity */
    RuleActivity: {
      bucket_minutes: number
      /** Format: date-time */
      from: string
      /** @description Rules that decided something. */
      rules: {
        /** @description How many it decided in each part of the window, oldest first. */
        buckets: number[]
        count: number
        name: string
      }[]
      /** Format: date-time */
      to: string
      /** @description Actions that arrived. */
      total: number
    }
    /** RuleBehind */
    RuleBehind: {
      /** @description true: it asks for events, which are looked at as they are now. */
      asks_state?: boolean
      /** @description What is not known, or what failed. */
      note?: string
      /** @description When it does not match its first failing part, when it matches every part that was looked at. */
      parts?: components['schemas']['TracePart'][]
      /**
       * @description `matched`: it would have matched. `unknown`: it hangs on what is not known any more.
       * @enum {unknown}
       */
      result: 'matched' | 'not_matched' | 'unknown' | 'error'
      rule: string
      /** @description What it adds when it matches. */
      verdict: string
    }
    /** RuleChange */
    RuleChange: {
      after: string | null
      /** Format: date-time */
      at: string
      before: string | null
      /** @description Who did it. */
      by: string
      id: string
      /** @enum {unknown} */
      kind: 'published' | 'switched'
      message: string | null
      /** @description How they said who they are. */
      method: string
      path: string | null
      /** @description Names of rules that it concerned. */
      rules: {
        added: string[]
        changed: string[]
        removed: string[]
      }
      rules_version: string | null
      switched: boolean | null
    }
    /** RuleChangeDetail */
    RuleChangeDetail: {
      after: string | null
      /** Format: date-time */
      at: string
      before: string | null
      /** @description Who did it. */
      by: string
      /** @description Whether `text_after`, of a deleted file `text_before`, is just what was written: nothing in it is masked. */
      exact: boolean
      id: string
      /** @enum {unknown} */
      kind: 'published' | 'switched'
      message: string | null
      /** @description How they said who they are. */
      method: string
      path: string | null
      /** @description Names of rules that it concerned. */
      rules: {
        added: string[]
        changed: string[]
        removed: string[]
      }
      rules_version: string | null
      switched: boolean | null
      text_after: string | null
      text_before: string | null
    }
    /** RuleChangeList */
    RuleChangeList: {
      changes: components['schemas']['RuleChange'][]
      next_cursor?: string
    }
    /** RuleCoverage */
    RuleCoverage: {
      /** @description Those with the most actions that no rule decided first; at most 1,000. */
      entries: {
        action_type: string
        covered: number
        /** @description That decided. */
        matched_rules: string[]
        namespace: string
        provider: string
        tenant: string
        total: number
        uncovered: number
      }[]
      /** @description Combinations of which rules decided every action. */
      fully_covered: number
      oldest: string | null
      partially_covered: number
      rules_loaded: number
      /** Format: date-time */
      scanned_from: string
      /** Format: date-time */
      scanned_to: string
      total_actions: number
      uncovered: number
      /** @description Of namespace, tenant, provider and kind of action. */
      unique_combinations: number
      /** @description Rules that are on and matched nothing. A rule that may match without deciding is looked for in records, at most 20,000 of them or for 1 s; it is left out where that was not enough. */
      unmatched_rules: string[]
    }
    /** RuleFile */
    RuleFile: {
      editable: boolean
      path: string
      /** @description Changes with every change of the text. */
      revision: string
      text: string
    }
    /** RuleFileChange */
    RuleFileChange: {
      path: string
      /** @description null: without the file. */
      text: string | null
    }
    /** RuleFileDeleted */
    RuleFileDeleted: {
      loaded: number
      path: string
      /** @description Of the rules that run now. */
      version: string
    }
    /** RuleFileList */
    RuleFileList: {
      /** @description `[rules] editable`. */
      editable: boolean
      files: {
        bytes: number
        path: string
        /** @description Changes with every change of the text. */
        revision: string
        /** @description The names of the rules in it that run. */
        rules: string[]
      }[]
    }
    /** RuleFormat */
    RuleFormat: {
      /** @description Laid out; the same rules with the same comments. */
      text: string
    }
    /** RuleFormatRequest */
    RuleFormatRequest: {
      /** @description Of a rule file, at most 262,144 bytes. */
      text: string
    }
    /** RulePartCounts */
    RulePartCounts: {
      /** @description How many were relived. */
      actions: number
      /**
       * Format: date-time
       * @description All that arrived since and could be relived.
       */
      from: string
      /** @description Those that have conditions, in the order in which they are looked at. */
      rules: {
        /** @description Its path, as rule files are edited. */
        file: string
        name: string
        /** @description In the order in which they are written; what combines others comes before these. */
        parts: {
          before: {
            /** @description Actions for which it was looked at. */
            looked_at: number
            /** @description Of those: for which it held. */
            passed: number
          } | null
          column: number
          /** @enum {unknown} */
          kind: 'all' | 'any' | 'not' | 'field' | 'call' | 'cel'
          line: number
          /** @description Actions for which it was looked at. */
          looked_at: number
          /** @description As a trace has it; of what combines others its word. */
          part: string
          /** @description Of those: for which it held. */
          passed: number
        }[]
        /** @description Of the text of the file, whose lines these are. */
        revision: string
      }[]
      rules_version: string
      /** Format: date-time */
      to: string
      /** @description Whether these are all of the window that was asked for. */
      whole: boolean
    }
    /** RulesBehind */
    RulesBehind: {
      /**
       * Format: date-time
       * @description The moment that conditions on time look at: of its arrival.
       */
      at: string
      behind: string | null
      /** @description How many more there are that concern nothing that the caller may see. */
      not_shown: number
      rules: components['schemas']['RuleBehind'][]
      /** @description Of the rules that decided. */
      rules_version: string
      /** @description Of the rules told of here: those that run. */
      rules_version_now: string
    }
    /** RulesCheck */
    RulesCheck: {
      /** @description Names of rules that differ from those that run. */
      changes: {
        added: string[]
        changed: string[]
        removed: string[]
      }
      files: {
        path: string
        revision: string | null
      }[]
      /** @description What looks wrong in rules that are valid one by one. */
      findings: {
        file: string
        line: number
        message: string
        rule: string
        shadowed_by?: string
      }[]
      /** @description Line 0: the file as a whole. */
      problems: {
        column: number
        file: string
        line: number
        message: string
      }[]
      rules: number | null
      valid: boolean
      version: string | null
    }
    /** RulesCheckRequest */
    RulesCheckRequest: {
      files: components['schemas']['RuleFileChange'][]
    }
    /** RulesStatus */
    RulesStatus: {
      /** @description Nodes on the same state that run other rules than this one, longer than the 5 s in which a reload reaches all. */
      differing_nodes: components['schemas']['DifferingNode'][]
      /** @description Empty when what runs is what the files say. */
      errors: string[]
      loaded: number
      /** Format: date-time */
      loaded_at: string
      version: string
      warnings: string[]
    }
    /** Share */
    Share: {
      count: number
      name: string | null
      p50_ms: number | null
      p95_ms: number | null
      results: components['schemas']['ResultCounts']
      usual: components['schemas']['Usual'] | null
    }
    /** Story */
    Story: {
      action_id: string
      entry: components['schemas']['JournalEntry'] | null
      event: components['schemas']['EventWithHistory'] | null
      /** @description Of what it belongs to: the flush of its group, the moves of its event. */
      later: components['schemas']['AuditRecord'][]
      /** @description With `payload=small`: payloads of more than 64 KiB, which are null here. */
      left_out?: {
        bytes: number
        record: string | null
      }[]
      namespace: string
      /** @description Oldest first: each try, and what happened later to the same id. */
      records: components['schemas']['AuditRecord'][]
      /** @enum {unknown} */
      status: 'running' | 'queued' | 'parked' | 'scheduled' | 'settled'
      subject: string | null
      tenant: string
    }
    /** SwitchAnswer */
    SwitchAnswer: {
      enabled: boolean
      name: string
      /** @enum {unknown} */
      status: 'enabled' | 'disabled'
      switched: boolean | null
    }
    /** SwitchRequest */
    SwitchRequest: {
      enabled: boolean | null
    }
    /** Totals */
    Totals: {
      outcomes: {
        [key: string]: number
      }
      results: components['schemas']['ResultCounts']
      total: number
    }
    /** Trace */
    Trace: {
      attempts: components['schemas']['TraceAttempt'][]
      fallbacks?: string[]
      gates: components['schemas']['TraceGate'][]
      links: components['schemas']['TraceLinks']
      rules: components['schemas']['TraceRule'][]
      rules_behind?: number
      rules_omitted?: number
      takeovers?: number
    }
    /** TraceAttempt */
    TraceAttempt: {
      at: string
      attempt: number
      backoff_ms?: number
      code?: string
      duration_ms: number
      error?: string
      excerpt?: string
      provider: string
      result: 'success' | 'retryable' | 'final' | 'ambiguous'
      round?: number
      status?: number
    }
    /** TraceGate */
    TraceGate: {
      holder?: string
      limit?: number
      retry_after_ms?: number
      rule: string
      used?: number
      verdict: string
      would: 'pass' | 'refuse'
    }
    /** TraceLinks */
    TraceLinks: {
      caused_by?: string
      dead_letter?: string
      duplicate_of?: string
      duplicates?: {
        count: number
        last: string[]
      }
      event?: string
      group?: string
      replayed_from?: string
      scheduled_by?: string
    }
    /** TracePart */
    TracePart: {
      found?: unknown
      note?: string
      part: string
      result: boolean
    }
    /** TraceRule */
    TraceRule: {
      note?: string
      parts?: components['schemas']['TracePart'][]
      result: 'matched' | 'not_matched' | 'skipped' | 'error'
      rule: string
      verdict?: string
    }
    /** TransitionAnswer */
    TransitionAnswer: {
      fingerprint: string
      new_state: string
      notify: boolean
      previous_state: string
      version: number
    }
    /** TransitionRequest */
    TransitionRequest: {
      comment?: string | null
      namespace?: string | null
      tenant?: string | null
      to?: string | null
      to_state?: string | null
    }
    /** Upto */
    Upto: {
      count: number
      /** @description There are more: 1,000 are looked at. */
      more: boolean
    }
    /**
     * Usual
     * @description The median of the same hours on the last seven days, each number by itself.
     */
    Usual: {
      count: number
      results: components['schemas']['ResultCounts']
    }
    /**
     * UsualTotals
     * @description The median of the same hours on the last seven days, each number by itself.
     */
    UsualTotals: {
      count: number
      results: components['schemas']['ResultCounts']
      shares: {
        broken: number
        delivered: number
        'held back': number
        waiting: number
      } | null
    }
  }
  responses: never
  parameters: never
  requestBodies: never
  headers: never
  pathItems: never
}
export type $defs = Record<string, never>
export interface operations {
  get_admin_circuit_breakers: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['CircuitBreakerList']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_admin_circuit_breakers_provider_reset: {
    parameters: {
      query?: never
      header?: never
      path: {
        provider: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['CircuitBreakerChange']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_admin_circuit_breakers_provider_trip: {
    parameters: {
      query?: never
      header?: never
      path: {
        provider: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['CircuitBreakerChange']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_admin_config: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': unknown
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_admin_config_reload: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ReloadResult']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_admin_config_values: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The configuration, value by value. `file` is as it was named at the start; null: none was read. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ConfigValues']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_health: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Health']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_metrics: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description What this node has done since it started. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Counters']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_metrics_prometheus: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_ready: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'ready'
          }
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_actions: {
    parameters: {
      query?: {
        action_type?: string
        /** @description `next_cursor` of the page before. */
        cursor?: string
        /** @description Arrived then or later. RFC 3339, or milliseconds. */
        from?: string
        /** @description How many; 50 when absent. */
        limit?: number
        matched_rule?: string
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Its word, such as `state_changed`. */
        outcome?: string
        /** @description The planned one, whichever took it. */
        provider?: string
        /** @description A filter text, such as `rule:page-critical -outcome:executed took:>2s`. It takes namespace, tenant, from, to (also back from now: `-1h`), limit and cursor beside it, and gives `rows` and `total`. */
        q?: string
        /** @description `open`: only those without an outcome. */
        state?: 'open' | 'settled'
        /** @description Only for this tenant. */
        tenant?: string
        /** @description Arrived before. RFC 3339, or milliseconds. */
        to?: string
        /** @description false: with `q`, do not count how many there are in all. */
        total?: boolean
        verdict?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ActionList']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_actions_id: {
    parameters: {
      query?: {
        /** @description Only in this namespace. */
        namespace?: string
        /** @description `small`: without payloads and attachments of more than 64 KiB; `left_out` says how long they are. */
        payload?: 'whole' | 'small'
        /** @description Only for this tenant. */
        tenant?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Story']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  delete_actions_id: {
    parameters: {
      query?: {
        /** @description Only in this namespace. */
        namespace?: string
        reason?: string
        /** @description Only for this tenant. */
        tenant?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description What became of an action: an object whose one key is the kind of outcome, or the bare word `"Deduplicated"`. Each object inside may carry `action_id`. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Outcome']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_actions_id_rules_behind: {
    parameters: {
      query?: {
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Only for this tenant. */
        tenant?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RulesBehind']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_analytics: {
    parameters: {
      query: {
        action_type?: string
        /** @description Arrived then or later; 7 days before `to` when absent. Also back from now: `-30d`. RFC 3339, or milliseconds. */
        from?: string
        /** @description `outcome_breakdown` is told apart by outcome when absent. */
        group_by?: 'namespace' | 'tenant' | 'provider' | 'action_type' | 'outcome' | 'rule'
        /** @description `daily` when absent; times are UTC, weeks begin on Monday. */
        interval?: 'hourly' | 'daily' | 'weekly' | 'monthly'
        metric: 'volume' | 'outcome_breakdown' | 'top_action_types' | 'latency' | 'error_rate'
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Its word, such as `state_changed`. */
        outcome?: string
        provider?: string
        /** @description Only for this tenant. */
        tenant?: string
        /** @description Arrived before; now when absent. RFC 3339, or milliseconds. */
        to?: string
        /** @description How many groups are told apart; 10 when absent. */
        top_n?: number
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Analytics']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_attention: {
    parameters: {
      query?: {
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Only for this tenant. */
        tenant?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Attention']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_audit: {
    parameters: {
      query?: {
        action_type?: string
        caller_id?: string
        chain_id?: string
        /** @description `next_cursor` of the page before. */
        cursor?: string
        /** @description Arrived then or later. RFC 3339, or milliseconds. */
        from?: string
        kind?: 'dispatch' | 'flush' | 'notification' | 'schedule' | 'transition' | 'dead_letter' | 'system'
        /** @description How many; 50 when absent. */
        limit?: number
        matched_rule?: string
        /** @description Only in this namespace. */
        namespace?: string
        offset?: number
        /** @description Its word, such as `state_changed`. */
        outcome?: string
        /** @description The planned one, whichever took it. */
        provider?: string
        /** @description Only for this tenant. */
        tenant?: string
        /** @description Occurs anywhere in the record, in any case. */
        text?: string
        /** @description Arrived before. RFC 3339, or milliseconds. */
        to?: string
        verdict?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['AuditList']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_audit_action_id: {
    parameters: {
      query?: {
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Only for this tenant. */
        tenant?: string
      }
      header?: never
      path: {
        action_id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['AuditRecord']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_audit_action_id_replay: {
    parameters: {
      query?: {
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Only for this tenant. */
        tenant?: string
      }
      header?: never
      path: {
        action_id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Replay']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_audit_replay: {
    parameters: {
      query?: {
        action_type?: string
        /** @description Arrived then or later. RFC 3339, or milliseconds. */
        from?: string
        /** @description How many; 50 when absent. */
        limit?: number
        matched_rule?: string
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Its word, such as `state_changed`. */
        outcome?: string
        /** @description The planned one, whichever took it. */
        provider?: string
        /** @description Only for this tenant. */
        tenant?: string
        /** @description Arrived before. RFC 3339, or milliseconds. */
        to?: string
        verdict?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BulkReplay']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_auth_entries: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['AccessEntries']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_auth_login: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['LoginBody']
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['LoggedIn']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_auth_logout: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['LoggedOut']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_auth_me: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Me']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_counts: {
    parameters: {
      query?: {
        /** @description Arrived then or later; an hour before `to` when absent. Also back from now: `-6h`. RFC 3339, or milliseconds. */
        from?: string
        /** @description Only in this namespace. */
        namespace?: string
        of?: 'events' | 'groups' | 'dead_letters'
        /** @description A filter text, as for `GET /v1/actions`. */
        q?: string
        /** @description Only for this tenant. */
        tenant?: string
        /** @description Arrived before; now when absent. RFC 3339, or milliseconds. */
        to?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ChipCounts']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_dead_letters: {
    parameters: {
      query?: {
        action_type?: string
        code?: string
        /** @description `next_cursor` of the page before. */
        cursor?: string
        /** @description Failed then or later. RFC 3339, or milliseconds. */
        from?: string
        /** @description How many; 50 when absent. */
        limit?: number
        /** @description Only in this namespace. */
        namespace?: string
        provider?: string
        /** @description A filter text, as for `GET /v1/actions`, of type, rule, provider, wanted, severity, caller, tenant, ns, event, key, attempts, status, id, trace, replayed, payload.<name>, labels.<name> and text. */
        q?: string
        /** @description Only for this tenant. */
        tenant?: string
        /** @description Failed before. RFC 3339, or milliseconds. */
        to?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DeadLetterList']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_dead_letters_id: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DeadLetter']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  delete_dead_letters_id: {
    parameters: {
      query?: {
        reason?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  patch_dead_letters_id: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['DeadLetterPatch']
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DeadLetter']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_dead_letters_id_redeliver: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': components['schemas']['RedeliverRequest'] | null
      }
    }
    responses: {
      /** @description What became of an action: an object whose one key is the kind of outcome, or the bare word `"Deduplicated"`. Each object inside may carry `action_id`. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Outcome']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_dead_letters_redeliver: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['BulkRedeliverRequest']
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BulkRedelivered']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_dispatch: {
    parameters: {
      query?: {
        /** @description Change nothing, and say what would become of it. */
        dry_run?: boolean
      }
      header?: never
      path?: never
      cookie?: never
    }
    /** @description A request: send this email, raise this alert. */
    requestBody: {
      content: {
        'application/json': components['schemas']['Action']
      }
    }
    responses: {
      /** @description What became of an action: an object whose one key is the kind of outcome, or the bare word `"Deduplicated"`. Each object inside may carry `action_id`. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Outcome']
        }
      }
      /** @description What became of an action: an object whose one key is the kind of outcome, or the bare word `"Deduplicated"`. Each object inside may carry `action_id`. */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Outcome']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_dispatch_batch: {
    parameters: {
      query?: {
        /** @description Change nothing, and say what would become of it. */
        dry_run?: boolean
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json':
          | components['schemas']['Action'][]
          | {
              actions: components['schemas']['Action'][]
            }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BatchItem'][]
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_dlq_drain: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Drained']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_dlq_stats: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DeadLetterStats']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_events: {
    parameters: {
      query?: {
        /** @description true: only those that are not closed. */
        active?: boolean
        /** @description `next_cursor` of the page before. */
        cursor?: string
        /** @description Changed then or later. RFC 3339, or milliseconds. */
        from?: string
        /** @description How many; 100 when absent. */
        limit?: number
        /** @description Only in this namespace. */
        namespace?: string
        /** @description A filter text, as for `GET /v1/actions`, of state, severity, type, event, provider, caller, tenant, ns, labels.<name> and text. */
        q?: string
        /** @description Only in this state. */
        status?: string
        /** @description Only for this tenant. */
        tenant?: string
        /** @description Changed before. RFC 3339, or milliseconds. */
        to?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['EventList']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_events_fingerprint: {
    parameters: {
      query?: {
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Only for this tenant. */
        tenant?: string
      }
      header?: never
      path: {
        fingerprint: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['EventWithHistory']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  put_events_fingerprint_transition: {
    parameters: {
      query?: {
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Only for this tenant. */
        tenant?: string
      }
      header?: never
      path: {
        fingerprint: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['TransitionRequest']
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['TransitionAnswer']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_facets: {
    parameters: {
      query: {
        /** @description Only values that begin so, in any case. */
        begins?: string
        /** @description Arrived then or later; an hour before `to` when absent. Also back from now: `-6h`. RFC 3339, or milliseconds. */
        from?: string
        /** @description One of outcome, result, rule, type, provider, wanted, tenant, ns, event, group, key, caller, severity, state, id, trace, chain, replayed, took, attempts, status, payload.<path>, labels.<name>. */
        key: string
        /** @description Only in this namespace. */
        namespace?: string
        of?: 'events' | 'groups' | 'dead_letters'
        /** @description A filter text, as for `GET /v1/actions`. */
        q?: string
        /** @description Only for this tenant. */
        tenant?: string
        /** @description Arrived before; now when absent. RFC 3339, or milliseconds. */
        to?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Facets']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_figures: {
    parameters: {
      query?: {
        /** @description false: leave `before` and `usual` out (null). */
        compare?: boolean
        /** @description Arrived then or later; an hour before `to` when absent. Also back from now: `-6h`. RFC 3339, or milliseconds. */
        from?: string
        /** @description Only in this namespace. */
        namespace?: string
        /** @description A filter text, as for `GET /v1/actions`. */
        q?: string
        /** @description Only for this tenant. */
        tenant?: string
        /** @description Arrived before; now when absent. RFC 3339, or milliseconds. */
        to?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Figures']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_groups: {
    parameters: {
      query?: {
        /** @description `next_cursor` of the page before. */
        cursor?: string
        /** @description How many; absent: all. */
        limit?: number
        /** @description Only in this namespace. */
        namespace?: string
        /** @description A filter text, as for `GET /v1/actions`, of type, rule, provider, group, tenant, ns, labels.<name> and text. */
        q?: string
        /** @description Only for this tenant. */
        tenant?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['GroupList']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_groups_group_key: {
    parameters: {
      query?: {
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Only for this tenant. */
        tenant?: string
      }
      header?: never
      path: {
        group_key: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['GroupDetail']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  delete_groups_group_key: {
    parameters: {
      query?: {
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Only for this tenant. */
        tenant?: string
      }
      header?: never
      path: {
        group_key: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Flushed']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_providers: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ProviderList']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_providers_name_check: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ProviderCheck']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_providers_name_deliveries: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DeliveryList']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_providers_name_test: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': components['schemas']['ProviderTestRequest'] | null
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ProviderTest']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_providers_health: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ProviderHealthList']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_render: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['RenderRequest']
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Rendered']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_rule_changes: {
    parameters: {
      query?: {
        /** @description `next_cursor` of the page before. */
        cursor?: string
        /** @description How many; 20 when absent. */
        limit?: number
        /** @description Of this file alone. */
        path?: string
        /** @description Of this rule alone: published with a change of it, or switched. */
        rule?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RuleChangeList']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_rule_changes_id: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RuleChangeDetail']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_rule_files: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RuleFileList']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_rule_files_path: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description Relative to the rules directory; a slash in it is written %2F. */
        path: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RuleFile']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  put_rule_files_path: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description Relative to the rules directory; a slash in it is written %2F. */
        path: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['PublishRequest']
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Published']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  delete_rule_files_path: {
    parameters: {
      query: {
        /** @description Why; kept on record. */
        message?: string
        /** @description Of the text that is deleted. */
        revision: string
      }
      header?: never
      path: {
        /** @description Relative to the rules directory; a slash in it is written %2F. */
        path: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RuleFileDeleted']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_rules: {
    parameters: {
      query?: {
        /** @description `next_cursor` of the page before. */
        cursor?: string
        /** @description How many; absent: all. */
        limit?: number
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Rule'][]
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  put_rules_name_enabled: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['SwitchRequest']
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SwitchAnswer']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_rules_activity: {
    parameters: {
      query?: {
        /** @description As elsewhere; 24 h before `to` when absent. Also back from now: `-6h`. */
        from?: string
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Only for this tenant. */
        tenant?: string
        /** @description Arrived before; now when absent. RFC 3339, or milliseconds. */
        to?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RuleActivity']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_rules_check: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['RulesCheckRequest']
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RulesCheck']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_rules_coverage: {
    parameters: {
      query?: {
        /** @description Arrived then or later; 7 days before `to` when absent. Also back from now: `-30d`. RFC 3339, or milliseconds. */
        from?: string
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Only for this tenant. */
        tenant?: string
        /** @description Arrived before; now when absent. RFC 3339, or milliseconds. */
        to?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RuleCoverage']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_rules_evaluate: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['EvaluateRequest']
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['EvaluateAnswer']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_rules_format: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['RuleFormatRequest']
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RuleFormat']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_rules_new_file: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewRuleFileRequest']
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NewRuleFile']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_rules_parts: {
    parameters: {
      query?: {
        /** @description Only the rules of this file. */
        file?: string
        namespace?: string
        tenant?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RulePartCounts']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_rules_reload: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Reloaded']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  post_rules_replay: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['ReplayRequest']
      }
    }
    responses: {
      /** @description Default Response */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ReplayJob']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_rules_replay_id: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ReplayJob']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  delete_rules_replay_id: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ReplayJob']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_rules_replay_id_parts: {
    parameters: {
      query?: {
        /** @description Only the rules of this file. */
        file?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RulePartCounts']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_rules_schema: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': unknown
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_rules_status: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RulesStatus']
        }
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_stream: {
    parameters: {
      query?: {
        action_id?: string
        action_type?: string
        chain_id?: string
        /** @description The kind of frame, such as `group_flushed`. */
        event_type?: string
        group_id?: string
        namespace?: string
        /** @description An outcome's word, such as `suppressed`; dispatches only. */
        outcome?: string
        tenant?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_stream_live: {
    parameters: {
      query?: {
        action_type?: string
        /** @description Only in this namespace. */
        namespace?: string
        outcome?: string
        /** @description A filter text, as for `GET /v1/actions`; counts are of all. */
        q?: string
        /** @description Only for this tenant. */
        tenant?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
  get_subscribe_kind_id: {
    parameters: {
      query?: {
        /** @description Begin with what is kept; true when absent. */
        include_history?: boolean
        /** @description Only in this namespace. */
        namespace?: string
        /** @description Only for this tenant. */
        tenant?: string
      }
      header?: never
      path: {
        id: string
        kind: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description Anything else: what is wrong and what to do. */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Error']
        }
      }
    }
  }
}
