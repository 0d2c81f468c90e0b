// Writes the relay's numbers in the text format of Prometheus.
import Basics
import Relay
import Signaling

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
    case providerTimes = "avatar_relay_provider_call_seconds"

    var help: String {
      switch self {
      case .connections: "Connections that are open."
      case .connectionsTotal: "Connections that were opened."
      case .handshakesRefused: "Handshakes refused for their origin, or since their address had too many connections."
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
      case .providerTimes: "How long providers took over calls, repetitions included, by provider and call."
      }
    }

    var type: String {
      if self == .providerTimes { return "histogram" }
      return rawValue.hasSuffix("_total") ? "counter" : "gauge"
    }
  }

  private struct Sample {
    /// What follows the metric's name: `_bucket`, `_sum` or `_count` of a histogram.
    var suffix = ""
    let labels: [(String, String)]
    let value: Double

    init(_ labels: [(String, String)], _ value: Double, suffix: String = "") {
      (self.labels, self.value, self.suffix) = (labels, value, suffix)
    }
  }

  /// All numbers as they are now.
  static func render(_ registry: isolated SessionRegistry, refusedHandshakes: Int) -> String {
    Metric.allCases.map { metric in
      let samples = samples(of: metric, registry, refusedHandshakes)
      let head = "# HELP \(metric.rawValue) \(metric.help)\n# TYPE \(metric.rawValue) \(metric.type)\n"
      let lines = samples.map { line(metric, $0) }
      // Buckets come in the order of their bounds.
      return head + (metric.type == "histogram" ? lines : lines.sorted()).joined()
    }.joined()
  }

  private static func samples(
    of metric: Metric, _ registry: isolated SessionRegistry, _ refusedHandshakes: Int
  ) -> [Sample] {
    let counters = registry.counters
    switch metric {
    case .connections: return [Sample([], Double(registry.connectionCount))]
    case .connectionsTotal: return [Sample([], Double(counters.connections))]
    case .handshakesRefused: return [Sample([], Double(refusedHandshakes))]
    case .roundTrip:
      let times = registry.roundTripTimes.map(\.seconds).sorted()
      guard !times.isEmpty else { return [] }
      return [0.5, 0.99, 1].map { quantile in
        Sample([("quantile", number(quantile))], times[Int((Double(times.count - 1) * quantile).rounded(.up))])
      }
    case .sessions:
      let groups = Dictionary(grouping: registry.summaries()) { [$0.provider.rawValue, $0.state.rawValue] }
      return groups.map { Sample([("provider", $0.key[0]), ("state", $0.key[1])], Double($0.value.count)) }
    case .sessionsOpened: return [Sample([], Double(counters.sessionsOpened))]
    case .sessionsEnded: return counters.ends.map { Sample([("reason", $0.key.rawValue)], Double($0.value)) }
    case .possiblyLeaked: return [Sample([], Double(registry.possiblyLeakedSessionCount))]
    case .waiting: return [Sample([], Double(registry.waitingCount))]
    case .queued: return [Sample([], Double(counters.opensQueued))]
    case .admission: return [Sample([], registry.currentAdmission == .open ? 1 : 0)]
    case .sessionSeconds: return [Sample([], registry.sessionTime.seconds)]
    case .daySecondsLeft: return registry.dayBudgetLeft.map { [Sample([], $0.left.seconds)] } ?? []
    case .talks: return [Sample([], Double(counters.talks))]
    case .characters: return [Sample([], Double(counters.characters))]
    case .errors: return counters.errors.map { Sample([("kind", $0.key.rawValue)], Double($0.value)) }
    case .refusals: return counters.refusals.map { Sample([("limit", $0.key.rawValue)], Double($0.value)) }
    case .tokensRefused: return [Sample([], Double(counters.tokensRefused))]
    case .providerFailures:
      return counters.providerFailures.map {
        Sample([("provider", $0.key.provider.rawValue), ("kind", $0.key.code.rawValue)], Double($0.value))
      }
    case .providerTimes: return samples(of: counters.providerTimes)
    }
  }

  /// The buckets, the sum and the count of each histogram, whose order is the same each time.
  private static func samples(of times: ProviderTimes) -> [Sample] {
    let all = times.histograms.sorted { one, other in
      (one.key.provider.rawValue, one.key.call.rawValue) < (other.key.provider.rawValue, other.key.call.rawValue)
    }
    return all.flatMap { key, histogram in
      let labels = [("provider", key.provider.rawValue), ("call", key.call.rawValue)]
      let buckets = histogram.cumulativeCounts.map { bound, count in
        Sample(labels + [("le", number(bound))], Double(count), suffix: "_bucket")
      }
      let count = Double(histogram.count)
      return buckets + [
        Sample(labels + [("le", "+Inf")], count, suffix: "_bucket"),
        Sample(labels, histogram.sum.seconds, suffix: "_sum"), Sample(labels, count, suffix: "_count"),
      ]
    }
  }

  /// Every label's value is one of this program's own names, so none needs escaping.
  private static func line(_ metric: Metric, _ sample: Sample) -> String {
    let labels = sample.labels.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
    return "\(metric.rawValue)\(sample.suffix)\(labels.isEmpty ? "" : "{\(labels)}") \(number(sample.value))\n"
  }

  /// Without a fraction where there is none.
  private static func number(_ value: Double) -> String {
    value == value.rounded() ? String(Int(value)) : String(value)
  }
}
