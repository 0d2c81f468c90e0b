// Lists every number that the relay gives: its name, its type and what it means.

/// A metric; docs/operations.md has the same list. Counters end in `_total`, and names have base units at their end
/// (prometheus.io/docs/practices/naming, OpenMetrics 1.0).
enum Metric: String, CaseIterable {
  case buildInfo = "avatar_relay_build_info"
  case connections = "avatar_relay_connections"
  case connectionsOpened = "avatar_relay_connections_opened_total"
  case handshakesRefused = "avatar_relay_handshakes_refused_total"
  case roundTrip = "avatar_relay_round_trip_seconds"
  case sessions = "avatar_relay_sessions"
  case sessionsOpened = "avatar_relay_sessions_opened_total"
  case sessionsEnded = "avatar_relay_sessions_ended_total"
  case possiblyLeaked = "avatar_relay_sessions_possibly_leaked"
  case waiting = "avatar_relay_opens_waiting"
  case queued = "avatar_relay_opens_queued_total"
  case admission = "avatar_relay_admission_open"
  case sessionSeconds = "avatar_relay_session_seconds_total"
  case daySecondsLeft = "avatar_relay_day_left_seconds"
  case talks = "avatar_relay_talks_total"
  case characters = "avatar_relay_characters_total"
  case errors = "avatar_relay_errors_total"
  case refusals = "avatar_relay_refusals_total"
  case tokensRefused = "avatar_relay_tokens_refused_total"
  case providerFailures = "avatar_relay_provider_failures_total"
  case providerTimes = "avatar_relay_provider_call_seconds"
  case processorTime = "process_cpu_seconds_total"
  case residentMemory = "process_resident_memory_bytes"
  case virtualMemory = "process_virtual_memory_bytes"
  case openDescriptors = "process_open_fds"
  case maximumDescriptors = "process_max_fds"
  case processStart = "process_start_time_seconds"

  enum Kind: String {
    case counter, gauge, histogram, info, summary
  }

  var kind: Kind {
    switch self {
    case .buildInfo: .info
    case .roundTrip: .summary
    case .providerTimes: .histogram
    default: rawValue.hasSuffix("_total") ? .counter : .gauge
    }
  }

  var help: String {
    switch self {
    case .buildInfo: "Which version runs; always 1."
    case .connections: "Connections that are open."
    case .connectionsOpened: "Connections that were opened."
    case .handshakesRefused: "Handshakes refused for their origin, or since their address had too many connections."
    case .roundTrip: "Round-trip times of the open connections, as measured by their last pings; NaN where there are none."
    case .sessions: "Sessions by provider and state."
    case .sessionsOpened: "Sessions that a provider opened."
    case .sessionsEnded: "Sessions that ended, by reason."
    case .possiblyLeaked:
      "Sessions that may be open at a provider without a client; it falls when their end is confirmed."
    case .waiting: "Requests that wait for a free session."
    case .queued: "Requests that had to wait for a free session."
    case .admission: "1 while sessions may be opened, 0 while the operator lets none be."
    case .sessionSeconds: "Seconds of open sessions; one whose end was not confirmed counts as open."
    case .daySecondsLeft: "What is left of limits.total-seconds-per-day; absent where there is no such limit."
    case .talks: "Talks that were asked for, within the limits."
    case .characters: "Characters of those talks."
    case .errors: "Requests answered with an error, by kind."
    case .refusals: "Requests refused for a limit, by limit."
    case .tokensRefused: "Access tokens that were refused."
    case .providerFailures: "Calls that a provider did not carry out, by provider and kind."
    case .providerTimes: "How long providers took over calls, repetitions included, by provider and call."
    case .processorTime: "Processor time of the process, of its own and of the system's code."
    case .residentMemory: "Memory of the process that is in use."
    case .virtualMemory: "Addresses of the process that are in use."
    case .openDescriptors: "File descriptors that are open."
    case .maximumDescriptors: "File descriptors that may be open."
    case .processStart: "When the process was started, since 1970."
    }
  }
}
