// The relay's numbers in the text format of Prometheus.
import Relay
import Signaling
import Timekeeping

/// Writes numbers in the exposition format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
enum MetricsText {
  /// A name, its type and what it means; docs/operations.md has the same.
  enum Metric: String, CaseIterable {
    case connections = "avatar_relay_connections"
    case connectionsTotal = "avatar_relay_connections_total"
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
    case daySecondsLeft = "avatar_relay_day_seconds_left"
    case talks = "avatar_relay_talks_total"
    case characters = "avatar_relay_characters_total"
    case errors = "avatar_relay_errors_total"
    case refusals = "avatar_relay_refusals_total"
    case tokensRefused = "avatar_relay_tokens_refused_total"
    case providerFailures = "avatar_relay_provider_failures_total"

    var help: String {
      switch self {
      case .connections: "Connections that are open."
      case .connectionsTotal: "Connections that were opened."
      case .handshakesRefused: "Handshakes refused since their address had too many connections."
      case .roundTrip: "Round-trip times of the open connections, as measured by their last pings."
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
      }
    }

    var type: String { rawValue.hasSuffix("_total") ? "counter" : "gauge" }
  }

  private typealias Sample = (labels: [(String, String)], value: Double)

  /// All numbers as they are now.
  static func render(_ registry: isolated SessionRegistry, refusedHandshakes: Int) -> String {
    Metric.allCases.map { metric in
      let samples = samples(of: metric, registry, refusedHandshakes)
      let head = "# HELP \(metric.rawValue) \(metric.help)\n# TYPE \(metric.rawValue) \(metric.type)\n"
      return head + samples.map { line(metric, $0) }.sorted().joined()
    }.joined()
  }

  private static func samples(
    of metric: Metric, _ registry: isolated SessionRegistry, _ refusedHandshakes: Int
  ) -> [Sample] {
    let counters = registry.counters
    switch metric {
    case .connections: return [([], Double(registry.connectionCount))]
    case .connectionsTotal: return [([], Double(counters.connections))]
    case .handshakesRefused: return [([], Double(refusedHandshakes))]
    case .roundTrip:
      let times = registry.roundTripTimes.map(\.seconds).sorted()
      guard !times.isEmpty else { return [] }
      return [0.5, 0.99, 1].map { quantile in
        ([("quantile", number(quantile))], times[Int((Double(times.count - 1) * quantile).rounded(.up))])
      }
    case .sessions:
      let groups = Dictionary(grouping: registry.summaries()) { [$0.provider.rawValue, $0.state.rawValue] }
      return groups.map { ([("provider", $0.key[0]), ("state", $0.key[1])], Double($0.value.count)) }
    case .sessionsOpened: return [([], Double(counters.sessionsOpened))]
    case .sessionsEnded: return counters.ends.map { ([("reason", $0.key.rawValue)], Double($0.value)) }
    case .possiblyLeaked: return [([], Double(registry.possiblyLeakedSessionCount))]
    case .waiting: return [([], Double(registry.waitingCount))]
    case .queued: return [([], Double(counters.opensQueued))]
    case .admission: return [([], registry.currentAdmission == .open ? 1 : 0)]
    case .sessionSeconds: return [([], registry.sessionTime.seconds)]
    case .daySecondsLeft: return registry.dayBudgetLeft.map { [([], $0.left.seconds)] } ?? []
    case .talks: return [([], Double(counters.talks))]
    case .characters: return [([], Double(counters.characters))]
    case .errors: return counters.errors.map { ([("kind", $0.key.rawValue)], Double($0.value)) }
    case .refusals: return counters.refusals.map { ([("limit", $0.key.rawValue)], Double($0.value)) }
    case .tokensRefused: return [([], Double(counters.tokensRefused))]
    case .providerFailures:
      return counters.providerFailures.map {
        ([("provider", $0.key.provider.rawValue), ("kind", $0.key.code.rawValue)], Double($0.value))
      }
    }
  }

  /// Every label's value is a name of ours, so none needs escaping.
  private static func line(_ metric: Metric, _ sample: Sample) -> String {
    let labels = sample.labels.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
    return "\(metric.rawValue)\(labels.isEmpty ? "" : "{\(labels)}") \(number(sample.value))\n"
  }

  /// Without a fraction where there is none.
  private static func number(_ value: Double) -> String {
    value == value.rounded() ? String(Int(value)) : String(value)
  }
}
