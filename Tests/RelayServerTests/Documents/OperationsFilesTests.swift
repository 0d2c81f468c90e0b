// The dashboard and the alerts of docs/operations ask for numbers that /metrics has.
import AvatarProvider
import Foundation
import Relay
import Signaling
import TestSupport
import Testing

@testable import RelayServer

@Suite("docs/operations") struct OperationsFilesTests {
  /// A metric as an expression names it, with what stands in its braces.
  private struct Use {
    let name: String
    let matchers: String
  }

  private static let files = ["grafana-dashboard.json", "alerts.yml"]

  private static let labels: Set<String> = [
    "provider", "state", "reason", "kind", "limit", "call", "quantile", "le", "version",
    // Prometheus itself adds these.
    "job", "instance",
  ]

  @Test("Every metric is one of the program's", arguments: files)
  func names(file: String) throws {
    let metrics = Metric.allCases
    let histograms = metrics.filter { $0.kind == .histogram }.flatMap { metric in
      ["_bucket", "_sum", "_count"].map { metric.rawValue + $0 }
    }
    let known = Set(metrics.filter { $0.kind != .histogram }.map(\.rawValue) + histograms)
    let used = try Self.uses(in: file)
    #expect(used.count >= 15)
    for use in used { #expect(known.contains(use.name), "\(use.name)") }
  }

  @Test("The dashboard shows every metric")
  func coverage() throws {
    let shown = try Self.uses(in: "grafana-dashboard.json").map(\.name)
    for metric in Metric.allCases {
      #expect(shown.contains { $0.hasPrefix(metric.rawValue) }, "\(metric.rawValue)")
    }
  }

  @Test("Every value of a label is one that the program gives it", arguments: files)
  func values(file: String) throws {
    let matcher = try Regex(#"(\w+)=~?"([^"]*)""#)
    for use in try Self.uses(in: file) {
      for match in use.matchers.matches(of: matcher) {
        let (label, pattern) = (String(match[1].substring ?? ""), String(match[2].substring ?? ""))
        guard !pattern.contains("$") else { continue }
        let known = Self.values(of: label, metric: use.name)
        for value in pattern.split(separator: "|") { #expect(known.contains(String(value)), "\(use.name) \(value)") }
      }
    }
  }

  @Test("Everything is grouped by labels that there are", arguments: files)
  func groups(file: String) throws {
    let grouping = try Regex(#"by \(([^)]*)\)"#)
    for match in try Self.text(of: file).matches(of: grouping) {
      let names = (match[1].substring ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      #expect(Self.labels.isSuperset(of: names), "\(names)")
    }
  }

  private static func values(of label: String, metric: String) -> Set<String> {
    switch (label, metric) {
    case ("kind", Metric.errors.rawValue): Set(ErrorKind.allCases.map(\.rawValue))
    case ("kind", Metric.providerFailures.rawValue): Set(ProviderFailure.Code.allCases.map(\.rawValue))
    case ("limit", _): Set(LimitName.allCases.map(\.rawValue))
    case ("job", _): ["avatar-relay"]
    case ("call", _): Set(ProviderTimes.Call.allCases.map(\.rawValue))
    default: []
    }
  }

  private static func text(of file: String) throws -> String {
    let text = try String(contentsOf: Checkout.root.appendingPathComponent("docs/operations/\(file)"), encoding: .utf8)
    return text.replacing("\\\"", with: "\"")
  }

  private static func uses(in file: String) throws -> [Use] {
    let metric = try Regex(#"((?:avatar_relay|process)_\w+)(\{[^}]*\})?"#)
    return try text(of: file).matches(of: metric).map { match in
      Use(name: String(match[1].substring ?? ""), matchers: String(match[2].substring ?? ""))
    }
  }
}
