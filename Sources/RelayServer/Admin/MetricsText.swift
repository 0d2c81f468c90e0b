// Writes the relay's numbers in the text format of Prometheus and in OpenMetrics.
import AvatarProvider
import Basics
import Relay
import Signaling
import Wire

/// What a program that asks for the numbers can read.
enum ExpositionFormat: Sendable {
  /// Prometheus's own (prometheus.io/docs/instrumenting/exposition_formats).
  case text
  /// OpenMetrics 1.0 (prometheus.io/docs/specs/om/open_metrics_spec).
  case openMetrics

  /// The one that is asked for by `Accept` (RFC 9110 section 12.5.1), and text where OpenMetrics is not.
  init(accepting request: HTTPRequest) {
    var (openMetrics, text) = (0.0, 0.0)
    for member in request.headers.members(of: "Accept") {
      let parts = member.split(separator: ";").map { $0.trimmingBlanks().lowercased() }
      let weight = parts.first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
      switch parts.first {
      case "application/openmetrics-text": openMetrics = max(openMetrics, weight)
      case "text/plain": text = max(text, weight)
      default: break
      }
    }
    self = openMetrics > 0 && openMetrics >= text ? .openMetrics : .text
  }

  var contentType: String {
    switch self {
    case .text: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }
}

/// Writes numbers for Prometheus. Every series with a label is there from the start, so that its first event is seen as
/// a growth.
struct MetricsText {
  /// What is counted outside the sessions.
  struct Surroundings: Sendable {
    let version: String
    let refusedHandshakes: Int
    let process: ProcessNumbers
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

  let format: ExpositionFormat
  let surroundings: Surroundings

  /// All numbers as they are now.
  func text(of registry: isolated SessionRegistry) -> String {
    let families = Metric.allCases.map { metric in
      let lines = samples(of: metric, registry).map { line(metric, $0) }
      // Buckets come in the order of their bounds.
      return head(metric) + (metric.kind == .histogram ? lines : lines.sorted()).joined()
    }
    return families.joined() + (format == .openMetrics ? "# EOF\n" : "")
  }

  /// OpenMetrics names a family without what its samples add; the text format has no type for what only informs.
  private func head(_ metric: Metric) -> String {
    let (family, kind): (String, String) =
      switch (format, metric.kind) {
      case (.openMetrics, .counter): (String(metric.rawValue.dropLast("_total".count)), "counter")
      case (.openMetrics, .info): (String(metric.rawValue.dropLast("_info".count)), "info")
      case (.text, .info): (metric.rawValue, "gauge")
      case (_, let kind): (metric.rawValue, kind.rawValue)
      }
    return "# HELP \(family) \(metric.help)\n# TYPE \(family) \(kind)\n"
  }

  private func samples(of metric: Metric, _ registry: isolated SessionRegistry) -> [Sample] {
    let (counters, process) = (registry.counters, surroundings.process)
    func one(_ value: (some BinaryInteger)?) -> [Sample] { value.map { [Sample([], Double($0))] } ?? [] }
    func one(_ value: Double?) -> [Sample] { value.map { [Sample([], $0)] } ?? [] }
    switch metric {
    case .buildInfo: return [Sample([("version", surroundings.version)], 1)]
    case .connections: return one(registry.connectionCount)
    case .connectionsOpened: return one(counters.connections)
    case .handshakesRefused: return one(surroundings.refusedHandshakes)
    case .roundTrip:
      let times = registry.roundTripTimes.map(\.seconds).sorted()
      return [0.5, 0.99, 1.0].map { quantile in
        let place = Int((Double(times.count - 1) * quantile).rounded(.up))
        return Sample([("quantile", "\(quantile)")], times.isEmpty ? .nan : times[place])
      }
    case .sessions:
      let counts = Dictionary(registry.summaries().map { ([$0.provider.rawValue, $0.state.rawValue], 1) }, uniquingKeysWith: +)
      let states = SessionState.allCases.filter { $0 != .closed }.map(\.rawValue)
      return series(providers(registry), states, counts).map { Sample([("provider", $0), ("state", $1)], $2) }
    case .sessionsOpened: return one(counters.sessionsOpened)
    case .sessionsEnded:
      return CloseReason.allCases.map { Sample([("reason", $0.rawValue)], Double(counters.ends[$0] ?? 0)) }
    case .possiblyLeaked: return one(registry.possiblyLeakedSessionCount)
    case .waiting: return one(registry.waitingCount)
    case .queued: return one(counters.opensQueued)
    case .admission: return one(registry.currentAdmission == .open ? 1.0 : 0.0)
    case .sessionSeconds: return one(registry.sessionTime.seconds)
    case .daySecondsLeft: return one(registry.dayBudgetLeft?.left.seconds)
    case .talks: return one(counters.talks)
    case .characters: return one(counters.characters)
    case .errors: return ErrorKind.allCases.map { Sample([("kind", $0.rawValue)], Double(counters.errors[$0] ?? 0)) }
    case .refusals: return LimitName.allCases.map { Sample([("limit", $0.rawValue)], Double(counters.refusals[$0] ?? 0)) }
    case .tokensRefused: return one(counters.tokensRefused)
    case .providerFailures:
      let counts = Dictionary(uniqueKeysWithValues: counters.providerFailures.map { ([$0.provider.rawValue, $0.code.rawValue], $1) })
      let kinds = ProviderFailure.Code.allCases.map(\.rawValue)
      return series(providers(registry), kinds, counts).map { Sample([("provider", $0), ("kind", $1)], $2) }
    case .providerTimes: return histograms(counters.providerTimes, providers(registry))
    case .processorTime: return one(process.processorSeconds)
    case .residentMemory: return one(process.residentBytes)
    case .virtualMemory: return one(process.virtualBytes)
    case .openDescriptors: return one(process.openDescriptors)
    case .maximumDescriptors: return one(process.maximumDescriptors)
    case .processStart: return one(process.startSeconds)
    }
  }

  private func providers(_ registry: isolated SessionRegistry) -> [String] { registry.providerIDs.map(\.rawValue) }

  /// Each pair of two labels' values with its count, and further ones that were counted all the same: sessions in the
  /// ledger may be a provider's that has no key any more.
  private func series(
    _ first: [String], _ second: [String], _ counts: [[String]: Int]
  ) -> [(String, String, Double)] {
    let known = first.flatMap { one in second.map { [one, $0] } }
    let others = counts.keys.filter { !known.contains($0) }
    return (known + others).map { ($0[0], $0[1], Double(counts[$0] ?? 0)) }
  }

  /// The buckets, the sum and the count of each histogram, whose order is the same each time.
  private func histograms(_ times: ProviderTimes, _ providers: [String]) -> [Sample] {
    let known = providers.flatMap { provider in
      ProviderTimes.Call.allCases.map { ProviderTimes.Key(provider: ProviderID(rawValue: provider), call: $0) }
    }
    let keys = Set(known).union(times.histograms.keys).sorted { one, other in
      (one.provider.rawValue, one.call.rawValue) < (other.provider.rawValue, other.call.rawValue)
    }
    return keys.flatMap { key in
      let histogram = times.histograms[key] ?? ProviderTimes.Histogram()
      let labels = [("provider", key.provider.rawValue), ("call", key.call.rawValue)]
      let buckets = histogram.cumulativeCounts.map { bound, count in
        Sample(labels + [("le", "\(bound)")], Double(count), suffix: "_bucket")
      }
      let count = Double(histogram.count)
      return buckets + [
        Sample(labels + [("le", "+Inf")], count, suffix: "_bucket"),
        Sample(labels, histogram.sum.seconds, suffix: "_sum"), Sample(labels, count, suffix: "_count"),
      ]
    }
  }

  /// Every label's value is one of this program's own names, so none needs escaping.
  private func line(_ metric: Metric, _ sample: Sample) -> String {
    let labels = sample.labels.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
    return "\(metric.rawValue)\(sample.suffix)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.number(sample.value))\n"
  }

  /// Without a fraction where there is none.
  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    return Int(exactly: value).map(String.init) ?? String(value)
  }
}
