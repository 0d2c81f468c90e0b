// Tests that a call is processed at most once by servers that reset, close, refuse, go away and fall silent, and over
// connections that are half open, over HTTP/1.1 and HTTP/2.
import Foundation
import ProviderHTTP
import TestSupport
import Testing

@testable import Transport

/// `FATE_CALLS` sets how many calls are made over each version; half of them one by one, half of them eight at a time.
@Suite(.timeLimit(.minutes(30))) struct HTTPClientFateTests {
  /// How long a call may take that only its time ends.
  private static let brief = Duration.milliseconds(250)
  private static let calls = ProcessInfo.processInfo.environment["FATE_CALLS"].flatMap { Int($0) } ?? 1000

  /// What a caller learned of one call.
  private enum Fate: String, CaseIterable { case answered, unknown, neverSent }

  private struct Call: Sendable {
    let path: String
    let kind: MischievousServer.Kind
    let fate: Fate
  }

  @Test(arguments: NodeServer.HTTPVersion.allCases)
  func noCallIsProcessedTwice(version: NodeServer.HTTPVersion) async throws {
    let certificates = try TestAuthority.shared.get()
    let server = try MischievousServer(version, certificates, resetsEveryConnection: 9)
    defer { server.stop() }
    var configuration = HTTPClientConfiguration()
    configuration.extraCAFile = certificates.authority
    try await withClient(configuration) { (client) async throws in
      let alone = await make(Self.calls / 2, inParallel: 1, seed: 1, version, server, client)
      let together = await make(Self.calls / 2, inParallel: 8, seed: 2, version, server, client)
      let processed = try await server.processed(askedBy: client)
      for call in alone + together {
        let count = processed[call.path] ?? 0
        switch call.fate {
        case .answered: #expect(count == 1, "\(call)")
        case .unknown: #expect(count <= 1, "\(call)")
        case .neverSent: #expect(count == 0, "\(call)")
        }
      }
      // Where nothing else ends the connection, only what the server did with this call decides.
      for (index, call) in alone.enumerated() where !alone[max(0, index - 5)..<index].contains(where: \.kind.endsLater) {
        if call.kind.isRefusal { #expect(call.fate == .answered, "\(call)") }
        guard !call.kind.isRefusal && !call.kind.isAnswered else { continue }
        // A brief one may be over before it is written.
        #expect(call.kind.isSilence ? call.fate != .answered : call.fate == .unknown, "\(call)")
      }
      let forgotten = try await server.forgottenConnections(askedBy: client)
      #expect(forgotten > 0)
      report(version, alone + together, processed, forgotten)
    }
  }

  private func make(
    _ count: Int, inParallel width: Int, seed: UInt64, _ version: NodeServer.HTTPVersion, _ server: MischievousServer,
    _ client: HTTPClient
  ) async -> [Call] {
    let kinds = MischievousServer.Kind.all(version)
    var random = SplitMix(seed: seed)
    var lastLoss: Int?
    let paths = (0..<count).map { index in
      // Half of all calls are answered without mischief, so that connections are used again.
      let draw = Int(random.next() % UInt64(2 * kinds.count))
      var kind = draw < kinds.count ? kinds[draw] : .fine
      // Each of these waits for the end of its time.
      if kind.isSilence, random.next() % 8 != 0 { kind = .fine }
      // A connection that is half open is met by the next call that gets as far as writing.
      let mayBeLost = lastLoss.map { index - $0 <= 3 } ?? false
      if kind == .halfOpenAfter { lastLoss = index }
      // Any call that goes along with others may find that one of them met a half-open connection.
      let isBrief = kind == .silent || kind == .halfOpenBefore || mayBeLost
      let timeout = isBrief ? Self.brief : width > 1 ? .seconds(1) : .seconds(60)
      return (path: "/\(kind.rawValue)/\(seed)-\(index)", kind: kind, timeout: timeout)
    }
    let url = server.url
    return await withTaskGroup(of: Call.self) { group in
      var next = paths.makeIterator()
      func add() {
        guard let (path, kind, timeout) = next.next() else { return }
        group.addTask {
          let failure = await client.failure(of: .post(url + path, .once, timeout: timeout))
          return Call(path: path, kind: kind, fate: failure.map { $0.neverSent ? .neverSent : .unknown } ?? .answered)
        }
      }
      for _ in 0..<width { add() }
      var calls: [Call] = []
      for await call in group {
        calls.append(call)
        add()
      }
      return calls
    }
  }

  private func report(
    _ version: NodeServer.HTTPVersion, _ calls: [Call], _ processed: [String: Int], _ forgotten: Int
  ) {
    let refused = calls.filter(\.kind.isRefusal)
    let figures = [
      ("Calls", calls.count), ("Twice", processed.values.count { $0 > 1 }),
      ("Answered", calls.count { $0.fate == .answered }), ("Unknown", calls.count { $0.fate == .unknown }),
      ("NeverSent", calls.count { $0.fate == .neverSent }), ("HalfOpen", forgotten), ("Refused", refused.count),
      ("RefusedAnswered", refused.count { $0.fate == .answered }),
    ]
    for (name, value) in figures { print("FIGURE fates\(version == .http2 ? "Two" : "One")\(name) \(value)") }
  }
}
