// Joins a client and a relay by two queues of bytes that the schedule moves, cuts and holds back.
import Relay
import RelayTestSupport
import Signaling

/// What both ends of a connection wrote and the other has not read.
actor Wire: SignalingConnection {
  enum Frame: CustomStringConvertible {
    case text([UInt8])
    case close(UInt16)
    /// The connection broke.
    case end

    var description: String {
      switch self {
      case .text(let text): String(decoding: text.prefix(400), as: UTF8.self)
      case .close(let code): "close \(code)"
      case .end: "end"
      }
    }
  }

  nonisolated let id: ConnectionID
  /// The life of the relay at the other end.
  nonisolated let life: Int
  private nonisolated let executor: HandExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var toClient: [Frame] = []
  private var toRelay: [Frame] = []
  private var isWhole = true

  init(_ number: UInt64, life: Int, on executor: HandExecutor) {
    id = ConnectionID(number)
    self.life = life
    self.executor = executor
  }

  // MARK: The relay's end

  nonisolated var roundTripTime: Duration? { nil }

  nonisolated func send(_ message: ServerMessage) {
    assumeIsolated { if $0.isWhole { $0.toClient.append(.text(SignalingCodec.encode(message))) } }
  }

  nonisolated func close(_ code: CloseCode, reason: String) {
    assumeIsolated { wire in
      guard wire.isWhole else { return }
      wire.isWhole = false
      wire.toClient.append(.close(code.rawValue))
      wire.toRelay.append(.close(code.rawValue))
    }
  }

  nonisolated var hasForRelay: Bool { assumeIsolated { !$0.toRelay.isEmpty } }
  nonisolated func readByRelay() -> Frame? {
    assumeIsolated { $0.toRelay.isEmpty ? nil : $0.toRelay.removeFirst() }
  }

  // MARK: The client's end

  nonisolated var hasForClient: Bool { assumeIsolated { !$0.toClient.isEmpty } }
  nonisolated func readByClient() -> Frame? {
    assumeIsolated { $0.toClient.isEmpty ? nil : $0.toClient.removeFirst() }
  }

  nonisolated func write(_ text: [UInt8]) {
    assumeIsolated { if $0.isWhole { $0.toRelay.append(.text(text)) } }
  }

  /// The client is done.
  nonisolated func finish() {
    assumeIsolated { wire in
      guard wire.isWhole else { return }
      wire.isWhole = false
      wire.toRelay.append(.close(CloseCode.normal.rawValue))
      wire.toClient = [.end]
    }
  }

  // MARK: The schedule

  nonisolated var isWholeNow: Bool { assumeIsolated { $0.isWhole } }
  nonisolated var counts: (toClient: Int, toRelay: Int) { assumeIsolated { ($0.toClient.count, $0.toRelay.count) } }

  /// Breaks the connection; only the first frames of each way still arrive, and then its end is seen.
  nonisolated func cut(keepingToClient: Int, keepingToRelay: Int) {
    assumeIsolated { wire in
      guard wire.isWhole else { return }
      wire.isWhole = false
      wire.toClient = wire.toClient.prefix(keepingToClient) + [.end]
      wire.toRelay = wire.toRelay.prefix(keepingToRelay) + [.end]
    }
  }

  /// The relay was killed: it reads nothing more.
  nonisolated func relayDied(keepingToClient: Int) {
    cut(keepingToClient: keepingToClient, keepingToRelay: 0)
    assumeIsolated { $0.toRelay = [] }
  }
}
